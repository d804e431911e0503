"""The app: four lists side by side, one look at the journal, and a way out that tells the truth."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import App
from textual.binding import Binding, BindingType
from textual.reactive import var

from store.errors import SegportError
from store.journal import runs
from store.journal.schema import Journal
from tui.palette import Actions
from tui.preferences import THEMES, Preferences
from tui.problems import own_mistake, problem_of
from tui.registry import key_words
from tui.screens.base import Asking, Page
from tui.screens.confirm import Confirm
from tui.screens.connections import ConnectionsScreen
from tui.screens.exports import ExportsScreen
from tui.screens.listing import Listing
from tui.screens.pick import Pick
from tui.screens.runs import RunsScreen
from tui.screens.segments import SegmentsScreen
from tui.text import safe
from tui.watch import Watch
from tui.widgets import too_small
from tui.words import many

if TYPE_CHECKING:
    from textual.worker import WorkType

    from store.journal.past import Brief
    from store.workspace import Workspace
    from tui.problems import Problem
    from workers.actions.desk import Desk
    from workers.actions.pulse import Pulse

LOOK_EVERY = 0.5
# Looks after which a run under way is looked after even though nobody wrote.
SURELY = 10


class SegportApp(App[None]):
    """Segport on a terminal. It never sends: it starts runs, and follows the journal."""

    TITLE = "Segport"
    COMMANDS: ClassVar = {Actions}
    # A picture of a lens is two cells wide in some terminals and one in others.
    CSS = """
    CommandPalette SearchIcon { display: none; }
    .-tiny TooSmall, .-flat TooSmall { display: block; }
    """
    # Classes that every screen gets by its size, for its CSS.
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - Textual's type
        (0, "-tiny"),
        (too_small.WIDTH, "-narrow"),
        (100, "-normal"),
        (140, "-wide"),
    ]
    VERTICAL_BREAKPOINTS = [  # noqa: RUF012 - Textual's type
        (0, "-flat"),
        (too_small.HEIGHT, "-low"),
        (32, "-tall"),
    ]
    DEFAULT_MODE = "exports"
    MODES: ClassVar = {
        "exports": ExportsScreen,
        "connections": ConnectionsScreen,
        "segments": SegmentsScreen,
        "runs": RunsScreen,
    }
    # fmt: off
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("1", "go('exports')", "Exports", show=False, id="app.exports"),
        Binding("2", "go('connections')", "Connections", show=False, id="app.connections"),
        Binding("3", "go('segments')", "Segments", show=False, id="app.segments"),
        Binding("4", "go('runs')", "Runs", show=False, id="app.runs"),
        Binding(
            "w", "why", "Why?", show=False, id="app.why",
            tooltip="Why a person is, or is not, in Autopilot: asks for an address.",
        ),
        Binding("escape", "screen.back", "Back", id="app.back"),
        Binding(
            "question_mark", "screen.help", "Help", id="app.help",
            tooltip="What this screen is for, and its keys.",
        ),
        Binding(
            "ctrl+p", "command_palette", "Palette", show=False, priority=True, id="app.palette",
            tooltip="Every action of this screen and of the app, found by a few letters.",
        ),
        Binding(
            "exclamation_mark", "problem", "Last problem", show=False, id="app.problem",
            tooltip="What went wrong last, in full, and a key to copy it.",
        ),
        Binding(
            "ctrl+t", "theme", "Colours", show=False, id="app.theme",
            tooltip="Dark, light, the terminal's own, and others.",
        ),
        Binding("q", "leave", "Quit", id="app.quit", tooltip="From the lists; runs go on."),
        Binding(
            "ctrl+q", "quit", "Quit", show=False, priority=True, id="app.quit_anywhere",
            tooltip="From anywhere; runs go on.",
        ),
    ]
    # fmt: on

    pulse: var[Pulse | None] = var(None)

    def __init__(self, workspace: Workspace, wanted: Preferences | None = None) -> None:
        super().__init__()
        self.workspace = workspace
        self.wanted = wanted or Preferences()
        self._dress()
        self._watch = Watch(workspace)
        self._looks = 0
        self._problem: Problem | None = None

    def desk(self) -> Desk:
        """Who sits here, read anew each time: roles and settings may change meanwhile."""
        from workers.actions.desk import sit_down

        return sit_down(self.workspace, "app")

    def get_key_display(self, binding: Binding) -> str:
        """The same words for a key in the footer as in help, palette and reference."""
        return key_words(binding)

    def _dress(self) -> None:
        """Theme and keys as the operator wants them."""
        if self.wanted.theme in self.available_themes:
            self.theme = self.wanted.theme
        self.set_keymap(dict(self.wanted.keys))

    def _tell_wrong_preferences(self) -> None:
        """Once the app is there: what of the operator's own configuration could not be done."""
        wrong = self.wanted.complaint(self.available_themes)
        if wrong is not None and isinstance(self.screen, Asking):
            self.screen.problem(wrong)

    def action_theme(self) -> None:
        """Choose the colours, and keep the choice."""
        names = [*THEMES, *sorted(self.available_themes.keys() - set(THEMES.values()))]

        def picked(place: int | None) -> None:
            if place is not None:
                self._keep_theme(names[place])

        shown = [THEMES.get(name, name) for name in names]
        at = shown.index(self.theme) if self.theme in shown else 0
        self.push_screen(Pick("Colours", names, at), picked)

    def _keep_theme(self, name: str) -> None:
        from store import machine

        self.theme = THEMES.get(name, name)
        front = self.screen
        if isinstance(front, Asking):
            front.ask(
                lambda: machine.keep_theme(name),
                lambda path: front.say(f"Colours: {name}, kept in {path}."),
                group="theme",
            )

    def keep_problem(self, error: SegportError, where: str) -> None:
        """Remember what went wrong last, for `!`."""
        self._problem = problem_of(error, where, self.workspace)

    def action_problem(self) -> None:
        """Show what went wrong last."""
        from tui.screens.problem import ProblemScreen

        if self._problem is not None:
            self.clear_notifications()
            self.push_screen(ProblemScreen(self._problem))

    def send_to_clipboard(self, text: str) -> None:
        """Hand a text to the terminal. Whether it takes it, no terminal says."""
        self.copy_to_clipboard(text)
        self.notify("Sent to your terminal's clipboard, if it allows it.", timeout=5, markup=False)

    def on_mount(self) -> None:
        """Begin to look at the journal."""
        self.set_interval(LOOK_EVERY, self._look)
        self.call_after_refresh(self._tell_wrong_preferences)
        self.call_after_refresh(self._aside, self._arrive, "arrive")

    def on_unmount(self) -> None:
        """Close the journal."""
        self._watch.close()

    def _look(self) -> None:
        """Tell the screen in front when another process has written, and see what goes on."""
        changed = self._watch.changed()
        # A run whose process is gone writes nothing any more: its death is looked for.
        self._looks += 1
        overdue = self.pulse is not None and self.pulse.under_way and self._looks >= SURELY
        if changed:
            # While the app closes, there is no screen any more.
            front = self.screen_stack[-1] if self.screen_stack else None
            if isinstance(front, Page):
                front.journal_changed()
        if changed or overdue:
            self._feel()

    def _feel(self) -> None:
        """See what goes on, in a thread."""
        self._looks = 0
        self._aside(self._take_pulse, "pulse")

    def _aside(self, work: WorkType[None], group: str) -> None:
        """Do something while keys go on being taken; a newer one of its group replaces it."""
        self.run_worker(work, group=group, exclusive=True, exit_on_error=False)

    async def _take_pulse(self) -> None:
        def work() -> Pulse:
            from workers.actions import pulse

            return pulse.take(self.desk(), looking=self.current_mode == "runs")

        with suppress(SegportError):
            self.pulse = await asyncio.to_thread(work)

    async def _arrive(self) -> None:
        """Tell what happened since this operator was here last, then begin to follow."""

        def work() -> list[Brief]:
            from workers.actions import pulse

            return pulse.missed(self.desk())

        missed: list[Brief] = []
        with suppress(SegportError):
            missed = await asyncio.to_thread(work)
        self._feel()
        if missed:
            from tui.screens.away import AwayScreen

            self.push_screen(AwayScreen(missed), self._open_run)

    def _open_run(self, run_id: int | None) -> None:
        from tui.screens.run import RunScreen

        if run_id is not None:
            self.push_screen(RunScreen(run_id))

    def action_go(self, mode: str) -> None:
        """Go to one of the four lists; from that list itself, read it again."""
        if mode != self.current_mode:
            self.switch_mode(mode)
        elif isinstance(self.screen, Listing):
            self.screen.reload()
        if mode == "runs":
            self._feel()

    def action_why(self) -> None:
        """Ask for an address, and show all that is known of it."""
        from tui.screens.prompt import Prompt
        from tui.screens.why import WhyScreen

        def typed(address: str | None) -> None:
            if address:
                self.push_screen(WhyScreen(address))

        words = "Why is this person (not) in Autopilot? Type an address:"
        self.push_screen(Prompt(words, ""), typed)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """`q` leaves from the four lists only; `!` wants something that went wrong."""
        if action == "problem":
            return self._problem is not None
        if action == "leave":
            return not any(isinstance(screen, Page) for screen in self.screen_stack[1:])
        return super().check_action(action, parameters)

    async def action_quit(self) -> None:
        """The way out from anywhere."""
        self.action_leave()

    def action_leave(self) -> None:
        """Leave; a run that is going on is named first, since it does not stop with the app."""
        going_on = self._going_on()
        if not going_on:
            self.exit()
            return
        if isinstance(self.screen, Confirm):
            return
        named = "\n".join(f"Run {run.id} ({run.export_name}): {run.state}" for run in going_on[:5])
        goes = "goes" if len(going_on) == 1 else "go"
        words = (
            f"{many(len(going_on), 'run')} {goes} on without the app:\n\n{named}\n\n"
            "To stop one, open it under 4 Runs and press x."
        )
        self.push_screen(
            Confirm(words, yes="Leave", no="Stay"),
            lambda leave: self._left(going_on) if leave else None,
        )

    def _left(self, going_on: list[runs.Run]) -> None:
        lines = [
            f"Run {run.id} ({safe(run.export_name)}) goes on. "
            f"Follow it with: segport run watch {run.id}"
            for run in going_on
        ]
        self.exit(message=Text("\n".join(lines)))

    def _going_on(self) -> list[runs.Run]:
        try:
            with Journal(self.workspace.journal_path) as journal:
                return runs.unfinished(journal)
        except SegportError:
            # Leaving must be possible with a damaged journal too.
            return []

    def _handle_exception(self, error: Exception) -> None:
        """End with a sentence: Textual's own traceback has customers in its locals."""
        self._return_code = 1
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        self._fatal_error()

    def _fatal_error(self) -> None:
        error = self._exception
        told = (
            error
            if isinstance(error, SegportError)
            else own_mistake(error or Exception(), self.workspace.state)
        )
        self._exit_renderables.append(Text(f"{safe(told.message)} {safe(told.hint)}"))
        self._close_messages_no_wait()
