"""A connection: name, key, who may use it, and the consent to send data there."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input, Select

from store.connections import (
    AUTOPILOT_URL,
    DEFAULT_PROFILE_LIMIT,
    DEFAULT_RATE,
    MOST_RATE,
    Connection,
)
from store.errors import KeyProblem, SegportError, UsageError, refuse
from store.keys.key import Key
from tui.screens.connection_deeds import found
from tui.screens.form import Form
from tui.text import safe_content, safe_lines_content
from tui.widgets.agree import Agree
from tui.widgets.button import Button
from tui.widgets.fault import Fault
from tui.widgets.field import Field, Fields
from tui.widgets.key_input import KeyInput
from tui.widgets.keys import Keys
from tui.widgets.safe_input import SafeInput
from tui.widgets.static import Static
from tui.widgets.title import TitleBar
from tui.words.figures import moment
from tui.words.typed import without_groups
from workers.consent import STATEMENT
from workers.destinations.accounts import other_account

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

_MOST_PROFILES = 1_000_000_000


class Statement(Static, can_focus=True):
    """A stop on the way of the tab key, so that all of it comes into view."""

    DEFAULT_CSS = """
    Statement { height: auto; max-width: 100; padding: 0 1; border-left: solid $primary; }
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
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "save", "Save", id="connection_form.save", tooltip="Keep it."),
        Binding("c", "connect", "Connect", id="connection_form.connect",
                tooltip="Try the key; nothing is changed."),
    ]  # fmt: skip
    STANDING = "Connect tries the key and changes nothing. Save keeps the connection."
    KEY_NOTE: ClassVar = "Find it at Autopilot under Settings, Autopilot API."

    def __init__(self, slug: str | None) -> None:
        super().__init__()
        self._slug = slug
        self._account: str | None = None
        self._line: ConnectionLine | None = None

    def compose(self) -> ComposeResult:
        """Fields and statement; buttons and outcome stay in sight below."""
        yield TitleBar(self.MODE, self.segport.workspace.root.name)
        with Fields():
            title = "A new connection to Autopilot" if self._slug is None else "Connection"
            yield Static(title, classes="title", markup=False)
            yield Field("Name", SafeInput(id="name", compact=True))
            audience: Select[str] = Select(
                _AUDIENCES, value="administrators", allow_blank=False, id="usable_by", compact=True
            )
            yield Field("Who can use it", audience)
            yield Field("API key", KeyInput("key"))
            yield Static(self.KEY_NOTE, id="source", classes="note", markup=False)
            yield Field("Base URL", SafeInput(AUTOPILOT_URL, id="base_url", compact=True))
            yield Field("Requests/second", SafeInput(f"{DEFAULT_RATE:g}", id="rate", compact=True))
            limit = SafeInput(str(DEFAULT_PROFILE_LIMIT), id="profile_limit", compact=True)
            yield Field("Profile limit", limit)
            yield Static("", markup=False)
            yield Statement(safe_lines_content(STATEMENT), id="statement", markup=False)
            yield Agree("I agree", "agreed")
            yield Fault("agreed", "I agree")
        with Horizontal(classes="buttons"):
            yield Button("Connect", "connect")
            yield Button("Save", "save", main=True)
        yield Static(self.STANDING, classes="outcome", markup=False)
        yield Keys()

    def on_mount(self) -> None:
        """Fill in what is known of an existing connection."""
        self.query_one("#name").focus()
        if self._slug is not None:
            slug = self._slug
            # What is typed before the fields are filled in would be lost.
            self.query_one(Fields).disabled = True

            def work() -> ConnectionLine:
                from workers.actions import connections

                return connections.show(self.segport.desk(), slug)

            self.ask(work, self._fill)

    def _fill(self, line: ConnectionLine) -> None:
        self._line = line
        name = self.query_one("#name", Input)
        name.select_on_focus = False  # whoever opens it and types a key would type over it
        self.filled_in(name)
        limit = line.profile_limit
        with self.prevent(Input.Changed, Select.Changed):
            self.query_one("#name", Input).value = line.name
            self.query_one("#base_url", Input).value = line.base_url or ""
            self.query_one("#rate", Input).value = "" if line.rate is None else f"{line.rate:g}"
            self.query_one("#profile_limit", Input).value = "" if limit is None else str(limit)
            self.query_one("#usable_by", Select).value = line.usable_by or "administrators"
        source = line.key_source or "nowhere: there is no key yet"
        self.query_one("#source", Static).update(
            safe_content(f"The key comes from {source}. Leave the field empty to keep it.")
        )
        self.outcome(self.standing, "Broken:" if line.broken else "")

    @property
    def standing(self) -> str:
        """Who agreed to what is kept, or that nobody did."""
        line = self._line
        if line is None:
            return self.STANDING
        if line.broken:
            return line.broken
        if line.consent is not None:
            at = moment(line.consent.at)
            return f"Consent was given by {line.consent.operator} on {at}."
        return 'Nobody agrees to send data through it: read the statement, mark "I agree".'

    def on_input_changed(self, event: Input.Changed) -> None:
        """What was tried is no longer what would be saved."""
        # What the form itself fills in is no change.
        if event.input.has_focus:
            self.touched()
        if event.input.id in {"key", "base_url"}:
            self._account = None

    def on_select_changed(self, event: Select.Changed) -> None:
        """Somebody else may use it."""
        before = self._line.usable_by if self._line else "administrators"
        if event.value != before or self.changed:
            self.touched()

    def on_agree_changed(self) -> None:
        """Consent given or taken back."""
        self.touched()
        self._fault_of("agreed").tell("")

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Connect or save."""
        if event.button.id == "connect":
            self.action_connect()
        else:
            self.action_save()

    def action_connect(self) -> None:
        """Try the key."""
        self.attempt(self._connect)

    def action_save(self) -> None:
        """Keep the connection."""
        self.attempt(self._save)

    def _draft(self) -> tuple[Connection, list[SegportError]]:
        """The connection as it is typed, and what is wrong with its numbers."""
        rate = _number(self.typed("rate"), "rate", DEFAULT_RATE, MOST_RATE)
        limit = _number(
            self.typed("profile_limit"), "profile_limit", DEFAULT_PROFILE_LIMIT, _MOST_PROFILES
        )
        wrong: list[SegportError] = [e for e in (rate, limit) if isinstance(e, SegportError)]
        draft = Connection(
            name=self.typed("name"),
            base_url=self.typed("base_url") or AUTOPILOT_URL,
            rate=DEFAULT_RATE if isinstance(rate, SegportError) else rate,
            profile_limit=DEFAULT_PROFILE_LIMIT if isinstance(limit, SegportError) else int(limit),
            usable_by=cast("Audience", self.query_one("#usable_by", Select).value),
        )
        return draft, wrong

    def _key(self) -> tuple[Key | None, list[SegportError]]:
        """The key that is typed, if it can be one, and what is wrong with it."""
        typed = self.typed("key")
        if not typed:
            missing = UsageError("There is no key.", "Type or paste the API key.", about="key")
            return None, [missing] if self._slug is None else []
        try:
            return Key(typed), []
        except KeyProblem as error:
            return None, [error]

    def _connect(self) -> None:
        (draft, wrong), (key, wrong_key), slug = self._draft(), self._key(), self._slug
        refuse([*wrong_key, *(each for each in wrong if each.about == "rate")])
        self.outcome("Calling the service...")

        async def work() -> ConnectReport:
            from workers.actions import connecting

            if key is None and slug is not None:
                return await connecting.test(self.segport.desk(), slug, draft.base_url)
            return await connecting.try_out(self.segport.desk(), draft, key or Key(""))

        def connected(report: ConnectReport) -> None:
            self._connected(report, draft.base_url)

        self.ask_async(work, connected, group="connect")

    def _connected(self, report: ConnectReport, address: str) -> None:
        self._account = report.account.email
        before = self._line.account if self._line is not None else None
        words = found(report, address)
        if other_account(before, self._account):
            words += f" That is not {before} as before: exports that sent there need a reset."
        self.outcome(words)

    def _save(self) -> None:
        (draft, wrong), (key, wrong_key), slug = self._draft(), self._key(), self._slug
        agreed, account = self.query_one(Agree).marked, self._account
        limit = draft.profile_limit if self.typed("profile_limit") else None
        url = draft.base_url if self.typed("base_url") else None

        def work() -> str:
            from workers.actions import connections
            from workers.actions.connection_faults import faults

            desk = self.segport.desk()
            kept = [
                each
                for each in faults(desk, draft, slug, key=key, agreed=agreed)
                # A key that is none is told as that, and not as missing too.
                if not (each.about == "key" and wrong_key)
            ]
            refuse([*kept, *wrong_key, *wrong])
            if slug is None:
                return connections.add(desk, draft, key, agreed=agreed, account=account)
            connections.edit(
                desk, slug, name=draft.name, rate=draft.rate, profile_limit=limit,
                usable_by=draft.usable_by, base_url=url, key=key, agreed=agreed,
            )  # fmt: skip
            return slug

        self.outcome("Saving...")
        self.ask(work, self._saved, group="save")

    def _saved(self, slug: str) -> None:
        words = f"Saved as connections/{slug}.toml; the key is kept apart."
        self.leave(words, made=slug)

    def _fault_of(self, field: str) -> Fault:
        return next(fault for fault in self.query(Fault) if fault.of == field)

    def on_paste(self, event: events.Paste) -> None:
        """A key that is pasted next to its field goes nowhere, least of all onto the screen."""
        event.stop()


def _number(text: str, about: str, usual: float, most: float) -> float | UsageError:
    """A number above 0 as it is typed, the usual one where nothing is; or what is wrong with it."""
    if not text:
        return usual
    whole = about == "profile_limit"
    plain = without_groups(text)
    try:
        value = float(plain.replace("_", "-"))
    except ValueError:
        value = 0.0
    # 50.000 is no 50: who types a point into a whole number means thousands by it.
    if not 0 < value <= most or (whole and not plain.isdecimal()):
        kind = "A whole number" if whole else "A number"
        hint = f"{usual:,g} is usual."
        if not whole and "," in plain:
            hint += " A part of one stands behind a point, as in 2.5."
        return UsageError(f"{kind} above 0, and {most:,.0f} at the most.", hint, about=about)
    return value
