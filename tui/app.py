"""The app: four lists side by side, one look at the journal, and a way out that tells the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.keys import format_key

from tui.colours import readable
from tui.lists import LISTS, get_ready
from tui.paging import keep_paging
from tui.palette import Actions, Palette
from tui.preferences import Preferences
from tui.registry import key_words, with_keys
from tui.screens.base import Asking, Page
from tui.screens.form import Form
from tui.screens.listing import Listing
from tui.screens.typed_ahead import TypedAhead
from tui.telling import Telling
from tui.widgets import too_small

if TYPE_CHECKING:
    from store.workspace import Workspace
    from tui.in_order import Typed


class SegportApp(Telling):
    """Segport on a terminal. It never sends: it starts runs, and follows the journal."""

    TITLE = "Segport"
    COMMANDS: ClassVar = {Actions}
    # A picture of a lens is two cells wide in some terminals and one in others.
    CSS = """
    CommandPalette SearchIcon { display: none; }
    .-tiny TooSmall, .-flat TooSmall { display: block; }
    /* What is told has a place of its own below the title, and covers nothing. */
    ToastRack {
        layer: default; dock: none; width: 100%; max-height: 4; margin: 0; align: left top;
        overflow-y: hidden;
    }
    /* A question shows what is told while it is asked; what was told before is still below it. */
    Modal ToastRack { layer: over; dock: top; }
    Modal Toast { visibility: hidden; }
    Modal.-told Toast { visibility: visible; }
    Toast { width: 100%; max-width: 100%; margin: 0; padding: 0 1; border: none; background: $panel; }
    Toast.-error { text-style: bold; }
    /* What colours say otherwise: where the cursor is, and where the focus. */
    DataTable:nocolor > .datatable--cursor { text-style: bold; }
    DataTable:nocolor:focus > .datatable--cursor { text-style: reverse; }
    DataTable:nocolor > .datatable--header { text-style: bold underline; }
    OptionList:nocolor > .option-list--option-highlighted { text-style: bold underline; }
    Button:nocolor:focus { text-style: reverse; }
    Input:nocolor:focus { text-style: underline; }
    Input:nocolor > .input--cursor { text-style: reverse; }
    SelectCurrent:nocolor { text-style: none; }
    Select:nocolor:focus > SelectCurrent { text-style: underline; }
    """
    # Classes that every screen gets by its size, for its CSS.
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - Textual's type
        (0, "-tiny"),
        (too_small.WIDTH, "-narrow"),
        (100, "-normal"),
        (130, "-wide"),
    ]
    VERTICAL_BREAKPOINTS = [  # noqa: RUF012 - Textual's type
        (0, "-flat"),
        (too_small.HEIGHT, "-low"),
        (32, "-tall"),
    ]
    DEFAULT_MODE = "exports"
    MODES: ClassVar = LISTS
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
        Binding(
            "B", "alerts", "Alerts", show=False, id="app.alerts",
            tooltip="What is the matter with exports, since when, and a test of who is told.",
        ),
        Binding(
            "5", "operators", "Operators", show=False, id="app.operators",
            tooltip="Who may do what, and who is let in by SSH.",
        ),
        Binding(
            "6", "audit", "Audit", show=False, id="app.audit",
            tooltip="Who did what, when, and from where.",
        ),
        Binding("escape", "back", "Back", id="app.back"),
        Binding(
            "question_mark", "help", "Help", id="app.help",
            tooltip="What this screen is for, and its keys.",
        ),
        Binding(
            "ctrl+p", "command_palette", "Palette", show=False, priority=True, id="app.palette",
            tooltip="Every action of this screen and of the app, found by a few letters.",
        ),
        Binding(
            "colon", "command_palette", "Palette", show=False, id="app.command",
            tooltip="The same, as in other programs.",
        ),
        Binding(
            "exclamation_mark", "problem", "Last problem", show=False, id="app.problem",
            tooltip="What went wrong last, in full, and a key to copy it.",
        ),
        Binding(
            "ctrl+t", "theme", "Colours", show=False, id="app.theme",
            tooltip="The theme: dark, light, the terminal's own, and others.",
        ),
        Binding("q", "leave", "Quit", id="app.quit", tooltip="From the lists; runs go on."),
        Binding(
            "ctrl+q", "quit", "Quit", show=False, priority=True, id="app.quit_anywhere",
            tooltip="From anywhere; runs go on.",
        ),
    ]
    # fmt: on

    def __init__(self, workspace: Workspace, wanted: Preferences | None = None) -> None:
        super().__init__(workspace)
        keep_paging()
        self.wanted = wanted or Preferences()
        self._dress()

    def takes(self, event: Typed) -> bool:
        """While the terminal is too small nobody sees what a key would do; only leaving is possible."""
        if not self._is_covered():
            return True
        out = with_keys("{app.quit_anywhere}", self)
        return isinstance(event, events.Key) and format_key(event.key) == out

    def keeps(self, event: Typed) -> bool:
        """What is in front and being read keeps what is typed for it."""
        return isinstance(self.screen, TypedAhead) and self.screen.keeps(event)

    def get_key_display(self, binding: Binding) -> str:
        """The same words for a key in the footer as in help, palette and reference."""
        return key_words(binding)

    def get_css_variables(self) -> dict[str, str]:
        """The theme's, but for words that would be too pale."""
        self.theme_variables = readable(self.current_theme, super().get_css_variables())
        return self.theme_variables

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

    def action_command_palette(self) -> None:
        """Every action, unless they are shown already."""
        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(id="--command-palette"))

    def action_theme(self) -> None:
        """Choose the colours, and keep the choice."""
        from tui import theme_choice

        theme_choice.choose(self)

    def action_alerts(self) -> None:
        """What is the matter, and what was."""
        from tui.screens.alerts import AlertsScreen

        if not isinstance(self.screen, AlertsScreen):
            self.push_screen(AlertsScreen())

    def on_mount(self) -> None:
        """Tell what of the operator's own configuration could not be done; then read ahead."""
        self.call_after_refresh(self._tell_wrong_preferences)
        get_ready(self)

    def action_operators(self) -> None:
        """Show who may do what."""
        from tui.screens.operators import OperatorsScreen

        self._put_in_front(OperatorsScreen)

    def action_audit(self) -> None:
        """Show who did what."""
        from tui.screens.audit import AuditScreen

        self._put_in_front(AuditScreen)

    def _put_in_front(self, kind: type[Listing]) -> None:
        """Open a list over the one in front, once."""
        if isinstance(self.screen, kind):
            self.screen.reload()
        elif isinstance(self.screen, Page):
            self.push_screen(kind())

    def action_go(self, mode: str) -> None:
        """Go to one of the four lists, or what was left open there; from the list, read it again."""
        if mode != self.current_mode:
            promised = mode == "runs" and self._told_of_runs()
            self.switch_mode(mode)
            if promised:
                self._down_to_the_list()
                if isinstance(self.screen, Listing):
                    self.screen.begin_anew()
            elif (page := self._page()) is not None and mode != page.MODE:
                # What was left open there says itself that it belongs elsewhere.
                self._down_to_the_list()
        elif len(self.screen_stack) > 1:
            self._down_to_the_list()
        elif isinstance(self.screen, Listing):
            self.screen.reload()
        # What was missed is seen now, and a settings file may have been edited meanwhile.
        self.feel()

    def _told_of_runs(self) -> bool:
        """Whether what is in front tells of runs that the list shows, and not one left open there."""
        page, pulse = self._page(), self.pulse
        news = pulse is not None and (pulse.under_way or pulse.waiting or pulse.failed)
        return page is not None and (page.MODE == "runs" or bool(news))

    def _down_to_the_list(self) -> None:
        """Leave what stands over the list in front; a form that would lose something asks."""
        while len(self.screen_stack) > 1:
            front = self.screen
            if not isinstance(front, Page):
                return
            if isinstance(front, Form) and front.changed:
                front.action_back()
                return
            self.pop_screen()

    def action_why(self) -> None:
        """Ask for an address, the one under the cursor at first, and show all that is known of it."""
        from tui.screens.prompt import Prompt
        from tui.screens.why import WhyScreen
        from tui.widgets.safe_input import SafeInput

        def typed(address: str | None) -> None:
            if address:
                self.push_screen(WhyScreen(address))

        words = "Why is this person (not) in Autopilot? Type an address:"
        page = self._page()
        person = page.person if page is not None else ""
        # What is typed takes its place.
        box = SafeInput(person, id="line", compact=True, select_on_focus=True)
        self.push_screen(Prompt(words, person, str, box=box), typed)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """`q` leaves from the four lists only; `!` wants something that went wrong."""
        if action == "problem":
            return self._problem is not None
        if action == "back":
            page = self._page()
            return page is not None and page.check_action(action, parameters)
        if action == "leave":
            return not any(isinstance(screen, Page) for screen in self.screen_stack[1:])
        return super().check_action(action, parameters)

    def _page(self) -> Page | None:
        """The page in front, whatever is asked over it."""
        pages = [screen for screen in self.screen_stack if isinstance(screen, Page)]
        return pages[-1] if pages else None

    async def action_back(self) -> None:
        """Leave the page in front, or first what it has in hand."""
        page = self._page()
        if page is not None:
            page.action_back()

    def action_help(self) -> None:
        """Say what the page in front is for, and its keys."""
        page = self._page()
        if page is not None:
            page.action_help()
