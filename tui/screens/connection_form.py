"""A connection: name, key, who may use it, and the consent to send data there."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Button, Input, Select, Static

from store.connections import AUTOPILOT_URL, DEFAULT_PROFILE_LIMIT, DEFAULT_RATE, Connection
from store.errors import SegportError, UsageError
from store.keys.secrets import Key
from tui.screens.connection_deeds import found
from tui.screens.form import Form
from tui.text import safe_content, safe_lines_content
from tui.widgets.agree import Agree
from tui.widgets.field import Field
from tui.widgets.key_input import KeyInput
from tui.widgets.keys import Keys
from tui.widgets.safe_input import SafeInput
from tui.widgets.title import TitleBar
from tui.words.figures import moment
from workers.consent import STATEMENT

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult

    from store.connections import Audience
    from workers.actions.connections import ConnectionLine
    from workers.destinations.base import ConnectReport

_AUDIENCES = (
    (safe_content("Administrators"), "administrators"),
    (safe_content("Administrators and contributors"), "contributors"),
)


class Statement(Static, can_focus=True):
    """A stop on the way of the tab key, so that all of it comes into view."""

    DEFAULT_CSS = """
    Statement { height: auto; padding: 0 1; border-left: solid $primary; }
    Statement:focus { border-left: thick $accent; }
    """


class ConnectionForm(Form):
    """Adds a connection, or edits one. The key is typed blind and shown nowhere."""

    MODE = "connections"
    PURPOSE = (
        "Connect calls the service with the key and says what it found; it changes nothing "
        "there. Save keeps the connection; it takes your consent first. The key is kept apart "
        "from the connection's file and is never shown."
    )
    KEY_NOTE: ClassVar = "Find it at Autopilot under Settings, Autopilot API."

    def __init__(self, slug: str | None) -> None:
        super().__init__()
        self._slug = slug
        self._account: str | None = None
        self._line: ConnectionLine | None = None

    def compose(self) -> ComposeResult:
        """Fields, statement, buttons; the outcome stays in sight below."""
        yield TitleBar(self.MODE, self.segport.workspace.root.name)
        with VerticalScroll():
            title = "A new connection to Autopilot" if self._slug is None else "Connection"
            yield Static(title, classes="title", markup=False)
            yield Field("Name", SafeInput(id="name", compact=True))
            audience: Select[str] = Select(
                _AUDIENCES, value="administrators", allow_blank=False, id="audience", compact=True
            )
            yield Field("Who can use it", audience)
            yield Field("API key", KeyInput("key"))
            yield Static(self.KEY_NOTE, id="source", classes="note", markup=False)
            yield Field("Base URL", SafeInput(AUTOPILOT_URL, id="url", compact=True))
            yield Field("Requests/second", SafeInput(f"{DEFAULT_RATE:g}", id="rate", compact=True))
            yield Field(
                "Profile limit", SafeInput(str(DEFAULT_PROFILE_LIMIT), id="limit", compact=True)
            )
            yield Static("", markup=False)
            yield Statement(safe_lines_content(STATEMENT), id="statement", markup=False)
            yield Agree("I agree")
            with Horizontal(classes="buttons"):
                yield Button(safe_content("Connect"), id="connect", compact=True)
                yield Button(safe_content("Save"), id="save", compact=True, variant="primary")
        yield Static("Connect tries the key; Save keeps it.", classes="outcome", markup=False)
        yield Keys()

    def on_mount(self) -> None:
        """Fill in what is known of an existing connection."""
        self.query_one("#name").focus()
        if self._slug is not None:
            slug = self._slug
            # What is typed before the fields are filled in would be lost.
            self.query_one(VerticalScroll).disabled = True

            def work() -> ConnectionLine:
                from workers.actions import connections

                return connections.show(self.segport.desk(), slug)

            self.ask(work, self._fill)

    def _fill(self, line: ConnectionLine) -> None:
        self._line = line
        self.query_one(VerticalScroll).disabled = False
        self.query_one("#name").focus()
        with self.prevent(Input.Changed, Select.Changed):
            self.query_one("#name", Input).value = line.name
            self.query_one("#url", Input).value = line.base_url or ""
            self.query_one("#rate", Input).value = "" if line.rate is None else f"{line.rate:g}"
            limit = line.profile_limit
            self.query_one("#limit", Input).value = "" if limit is None else str(limit)
            self.query_one("#audience", Select).value = line.usable_by or "administrators"
        source = line.key_source or "nowhere: there is no key yet"
        self.query_one("#source", Static).update(
            safe_content(f"The key comes from {source}. Leave the field empty to keep it.")
        )
        if line.consent is not None:
            at = moment(line.consent.at)
            self.outcome(f"Consent was given by {line.consent.operator} on {at}.")
        elif line.usable_by is not None:
            self.outcome(
                'Nobody agrees to send data through it: read the statement, mark "I agree".'
            )
        if line.broken:
            self.outcome(line.broken, "Broken:")

    def on_input_changed(self, event: Input.Changed) -> None:
        """What was tried is no longer what would be saved."""
        # What the form itself fills in is no change.
        self.changed = self.changed or event.input.has_focus
        if event.input.id in {"key", "url"}:
            self._account = None

    def on_select_changed(self, event: Select.Changed) -> None:
        """Somebody else may use it."""
        before = self._line.usable_by if self._line else "administrators"
        self.changed = self.changed or event.value != before

    def on_agree_changed(self) -> None:
        """Consent given or taken back."""
        self.changed = True

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Connect or save."""
        try:
            if event.button.id == "connect":
                self._connect()
            else:
                self._save()
        except SegportError as error:
            self.problem(error)

    def _draft(self) -> Connection:
        name = self.typed("name")
        if not name:
            raise UsageError("The connection has no name.", "Type one.")
        return Connection(
            name=name,
            base_url=self.typed("url") or AUTOPILOT_URL,
            rate=_positive(self.typed("rate"), "Requests/second", DEFAULT_RATE),
            profile_limit=int(
                _positive(self.typed("limit"), "Profile limit", DEFAULT_PROFILE_LIMIT)
            ),
            usable_by=cast("Audience", self.query_one("#audience", Select).value),
        )

    def _key(self) -> Key | None:
        typed = self.typed("key")
        return Key(typed) if typed else None

    def _connect(self) -> None:
        draft, key, slug = self._draft(), self._key(), self._slug
        if key is None and slug is None:
            raise UsageError("There is no key to try.", "Type or paste the API key.")
        self.outcome("Calling the service...")

        async def work() -> ConnectReport:
            from workers.actions import connections

            if key is None and slug is not None:
                return await connections.test(self.segport.desk(), slug)
            return await connections.try_out(self.segport.desk(), draft, key or Key(""))

        self.ask_async(work, self._connected, group="connect")

    def _connected(self, report: ConnectReport) -> None:
        self._account = report.account.email
        before = self._line.account if self._line is not None else None
        words = found(report)
        if before is not None and self._account not in {None, before}:
            words += f" That is not {before} as before: exports that sent there need a reset."
        self.outcome(words)

    def _save(self) -> None:
        draft, key, slug, account = self._draft(), self._key(), self._slug, self._account
        agreed = self.query_one(Agree).marked

        def work() -> str:
            from workers.actions import connections

            desk = self.segport.desk()
            if slug is None:
                if key is None:
                    raise UsageError("There is no key to keep.", "Type or paste the API key.")
                return connections.add(desk, draft, key, agreed=agreed, account=account)
            connections.edit(
                desk,
                slug,
                name=draft.name,
                rate=draft.rate,
                profile_limit=draft.profile_limit if self.typed("limit") else None,
                usable_by=draft.usable_by,
                base_url=draft.base_url if self.typed("url") else None,
                key=key,
                agreed=agreed,
            )
            return slug

        if slug is None and not agreed:
            raise UsageError(
                "Nothing was saved: it takes your consent.", 'Read the statement, mark "I agree".'
            )
        self.ask(work, self._saved, group="save")

    def _saved(self, slug: str) -> None:
        self.say(f"Saved as connections/{slug}.toml; the key is kept apart.")
        self.app.pop_screen()

    def on_paste(self, event: events.Paste) -> None:
        """A key that is pasted next to its field goes nowhere, least of all onto the screen."""
        event.stop()


def _positive(text: str, label: str, usual: float) -> float:
    if not text:
        return usual
    try:
        value = float(text.replace(",", ""))
    except ValueError:
        value = 0.0
    if not 0 < value < 1e9:
        raise UsageError(f"{label} is not a number above 0.", f"The usual one is {usual:g}.")
    return value
