"""One request: what it carried, made again from the frozen plan, and what was answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from tui.screens.base import Revealing
from tui.text import safe, safe_content, safe_lines
from tui.widgets.keys import Keys
from tui.widgets.reading import Reading
from tui.widgets.static import Static
from tui.widgets.title import TitleBar
from tui.words import request as words
from tui.words.figures import many, moment

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from store.errors import SegportError
    from workers.actions.requests import RequestDetail


class RequestScreen(Revealing):
    """Reads the journal and the frozen plan; nothing is sent by looking."""

    MODE = "runs"
    REVEALS = "request.reveal"
    PURPOSE = (
        "One request as it was sent, and what was answered. It is made again from the plan that "
        "was frozen before sending. The key is never shown. Personal values are masked until "
        "{request.reveal} shows them, which is written down; once more masks them. "
        "{request.curl} sends it to the clipboard as a curl command, with "
        "$AUTOPILOT_KEY in the place of the key."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("v", "reveal", "Reveal", id="request.reveal",
                tooltip="Personal values as they are, or masked again; it is written down who asked."),
        Binding("y", "copy", "Copy", id="request.copy",
                tooltip="Send all of this to the terminal's clipboard."),
        Binding("c", "curl", "Copy as curl", id="request.curl",
                tooltip="The same request as a command, without the key."),
    ]  # fmt: skip
    DEFAULT_CSS = """
    RequestScreen VerticalScroll { height: 1fr; padding: 0 1; }
    RequestScreen #request { height: auto; }
    """

    def __init__(self, run_id: int, no: int) -> None:
        super().__init__()
        self._run_id = run_id
        self._no = no
        self._detail: RequestDetail | None = None

    @property
    def place(self) -> str:
        """Of which run."""
        return f"Run {self._run_id} > Request {self._no}"

    def compose(self) -> ComposeResult:
        """One scrolling text."""
        yield TitleBar(self.MODE, self.segport.workspace.root.name)
        with Reading():
            yield Static("reading...", id="request", markup=False)
        yield Keys()

    def on_mount(self) -> None:
        """Look."""
        self.query_one(Reading).focus()
        self.show_values(revealed=False)

    def journal_changed(self) -> None:
        """It may have been answered just now."""
        if self._detail is not None and self._detail.request.state == "sending":
            self.show_values(revealed=self.revealed)

    def show_values(self, *, revealed: bool) -> None:
        """Read it again; to see it in clear is asked for each time."""

        def work() -> RequestDetail:
            from workers.actions import requests, revealing

            desk = self.segport.desk()
            if revealed and not self.revealed:
                revealing.reveal(desk, f"run {self._run_id}, request {self._no}")
            return requests.request(desk, self._run_id, self._no, revealed=revealed)

        def show(found: RequestDetail) -> None:
            self._detail = found
            self.now_shown(revealed=revealed)
            note = f"\n{safe(self.mask_words)}." if found.sent is not None else ""
            told = Content.assemble(request_content(found), (note, "dim"))
            self.query_one("#request", Static).update(told)

        self.ask(work, show, group="request", failed=self.problem if revealed else self._none)

    def _none(self, error: SegportError) -> None:
        self.query_one("#request", Static).update(safe_content(f"{error.message} {error.hint}"))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Without a plan nothing of what was sent can be shown."""
        sent = self._detail.sent if self._detail is not None else None
        if action in {"reveal", "curl"}:
            return sent is not None
        return super().check_action(action, parameters)

    def action_copy(self) -> None:
        """Send it to the terminal's clipboard."""
        if self._detail is not None:
            self.segport.send_to_clipboard(request_content(self._detail).plain)

    def action_curl(self) -> None:
        """Send the command to the terminal's clipboard."""
        if self._detail is not None and self._detail.sent is not None:
            self.segport.send_to_clipboard(safe_lines(self._detail.sent.curl))


def request_content(found: RequestDetail) -> Content:
    """What came of it first, then what it was."""
    each = found.request
    sent_at = f"sent {moment(each.sent_at)} ({words.when(each)})"
    parts: list[Content | str | tuple[str, str]] = [
        (f"Request {each.no} of run {found.run_id}, attempt {each.attempt}: ", "bold"),
        (words.MARKS[each.state], "bold"),
        f"\n{safe(each.what)}, {many(each.contacts, 'contact')}, {sent_at}\n\n",
        safe(words.outcome(each)),
        "\n",
        *(f"{safe(line)}\n" for line in words.after(found)),
        "\n",
    ]
    if note := words.inexact(found):
        parts.append(f"{safe(note)}\n")
    if found.sent is not None:
        parts += [(f"{safe(found.sent.method)} {safe(found.sent.url)}", "bold"), "\n"]
        parts += [f"{safe(name)}: {safe(value)}\n" for name, value in found.sent.headers.items()]
        parts += [f"{safe(line)}\n" for line in words.body(found.sent)]
    return Content.assemble(*parts)
