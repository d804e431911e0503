"""Who is told of alerts, and of what; with a test of each way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input, Select

from store.alerts import Alerts, Kind
from store.errors import KeyProblem, UsageError
from store.keys.secrets import Key
from tui.screens.form import Form
from tui.text import safe_content
from tui.widgets.agree import Agree
from tui.widgets.button import Button
from tui.widgets.field import Field, Fields
from tui.widgets.key_input import KeyInput
from tui.widgets.keys import Keys
from tui.widgets.safe_input import SafeInput
from tui.widgets.static import Static
from tui.widgets.title import TitleBar
from tui.words import alerts as words
from tui.words.every_fault import made

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from workers.actions.alerts import Way

_KINDS: Final = {
    Kind.FAILED: "a run failed",
    Kind.GUARD: "a guard stopped it",
    Kind.REJECTS: "many rejects",
    Kind.NOT_STARTED: "it did not start",
    Kind.SLOW: "slower than usual",
    Kind.NOTHING: "nothing to send",
}
_RIGHT: Final = {
    "rejects_percent": "5",
    "slow_factor": "2",
    "email": ["ann@example.com"],
    "sender": "ann@example.com",
    "server": "127.0.0.1:25",
    "security": "starttls",
    "webhook": "https://example.com",
}
_SECURITY: Final = (
    ("STARTTLS, usually port 587", "starttls"),
    ("TLS, usually port 465", "tls"),
    ("none: a server on this machine", "none"),
)


class AlertForm(Form):
    """Takes an administrator to open; passwords are typed blind and kept where keys are."""

    MODE = "alerts"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "save", "Save", id="alert_form.save", tooltip="Keep it."),
        Binding("t", "test", "Test", id="alert_form.test",
                tooltip="Send a test by every way that was saved."),
    ]  # fmt: skip
    STANDING = "Save keeps it; Test sends a test."
    PLACE = "Who is told"
    PURPOSE = (
        "Who is told when something changes, and of what. Mail, a webhook, and a command of this "
        "machine; a field left empty means that way is not used. Secrets are kept apart from the "
        "workspace's files and are never shown. Test sends a test by every way that was saved."
    )
    DEFAULT_CSS = """
    AlertForm .kinds { layout: grid; grid-size: 3; grid-rows: 1; height: 2; }
    AlertForm .title { margin-top: 1; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._now = Alerts()

    def compose(self) -> ComposeResult:
        """Of what, by mail, by webhook, by command; the outcome stays in sight below."""
        yield TitleBar(self.MODE, self.segport.workspace.root.name)
        security: Select[str] = Select(
            [(safe_content(told), value) for told, value in _SECURITY],
            allow_blank=False, id="security", compact=True,
        )  # fmt: skip
        with Fields(disabled=True):
            yield Static("Told when", classes="title", markup=False)
            with Horizontal(classes="kinds"):
                for kind, told in _KINDS.items():
                    yield Agree(told, f"on-{kind.name}")
            yield Field("Rejects above %", SafeInput(id="rejects_percent", compact=True))
            yield Field("Slow from (times)", SafeInput(id="slow_factor", compact=True))
            yield Static("Mail", classes="title", markup=False)
            yield Field(
                "To", SafeInput(placeholder="addresses; empty: no mail", id="email", compact=True)
            )
            yield Field("From", SafeInput(id="sender", compact=True))
            yield Field("Server", SafeInput(placeholder="HOST:PORT", id="server", compact=True))
            yield Field("Security", security)
            yield Field("User", SafeInput(placeholder="may stay empty", id="user", compact=True))
            yield Field("Password", KeyInput("password"))
            yield Static("", id="of-email", classes="note", markup=False)
            yield Static("Webhook", classes="title", markup=False)
            yield Field(
                "Address",
                SafeInput(
                    placeholder="https://...; {secret} stands for the token; empty: none",
                    id="webhook", compact=True,
                ),
            )  # fmt: skip
            yield Field("Token", KeyInput("token"))
            yield Static("", id="of-webhook", classes="note", markup=False)
            yield Static("Command", classes="title", markup=False)
            yield Static("", id="of-command", classes="note", markup=False)
        with Horizontal(classes="buttons"):
            yield Button("Save", "save", main=True)
            yield Button("Test", "test")
        yield Static(self.STANDING, classes="outcome", markup=False)
        yield Keys()

    def on_mount(self) -> None:
        """Read how it is set now."""
        super().on_mount()
        self.ask(self._read, self._fill)

    def _read(self) -> tuple[Alerts, list[Way]]:
        from workers.actions import alerts

        desk = self.segport.desk()
        return alerts.settings_of(desk), alerts.ways(desk)

    def _values(self) -> dict[str, object]:
        fields = self.query_one(Fields)
        found: dict[str, object] = {str(each.id): each.value for each in fields.query(Input)}
        found["security"] = self.query_one("#security", Select).value
        return found | {str(each.id): each.marked for each in fields.query(Agree)}

    def _fill(
        self, read: tuple[Alerts, list[Way]], before: dict[str, object] | None = None
    ) -> None:
        """Show how it is set; what was changed since `before` was taken stays as it is."""
        now = self._values()
        since = set() if before is None else {name for name in now if now[name] != before[name]}
        self._now, ways = read
        email, webhook = self._now.email, self._now.webhook
        texts = {
            "rejects_percent": f"{self._now.rejects_percent:g}",
            "slow_factor": f"{self._now.slow_factor:g}",
            "email": ", ".join(email.to) if email else "",
            "sender": email.sender if email else "",
            "server": words.server(email) if email else "",
            "user": (email.user or "") if email else "",
            "password": "",
            "webhook": webhook.url if webhook else "",
            "token": "",
        }
        with self.prevent(Input.Changed, Select.Changed):
            for name in texts.keys() - since:
                self.query_one(f"#{name}", Input).value = texts[name]
            if "security" not in since:
                self.query_one("#security", Select).value = email.security if email else "starttls"
        for kind in _KINDS:
            if f"on-{kind.name}" not in since:
                self.query_one(f"#on-{kind.name}", Agree).mark(kind in self._now.on)
        for way in ways:
            self.query_one(f"#of-{way.name}", Static).update(safe_content(_told(way)))
        self.changed = bool(since)
        if self.query_one(Fields).disabled:
            self.filled_in(self.query_one("#email"))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Something was typed; what the form itself fills in is no change."""
        if event.input.has_focus:
            self.touched()

    def on_select_changed(self, event: Select.Changed) -> None:
        """Another security."""
        before = self._now.email.security if self._now.email else "starttls"
        if event.value != before:
            self.touched()

    def on_agree_changed(self) -> None:
        """Another kind is told, or no longer."""
        self.touched()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Save, or test what was saved."""
        if event.button.id == "save":
            self.action_save()
        else:
            self.action_test()

    def action_save(self) -> None:
        """Keep who is told of what."""
        self.attempt(self._save)

    def action_test(self) -> None:
        """Send a test by every way that was saved."""
        self.attempt(self._test)

    def _draft(self) -> Alerts:
        to = self.typed("email").replace(",", " ").split()
        given: dict[str, Any] = {
            "rejects_percent": self.typed("rejects_percent"),
            "slow_factor": self.typed("slow_factor"),
            "no_email": not to,
            "email": to,
            "sender": self.typed("sender"),
            "server": self.typed("server"),
            "security": self.query_one("#security", Select).value,
            "user": self.typed("user"),
            "no_webhook": not self.typed("webhook"),
            "webhook": self.typed("webhook"),
        }
        if not to and any(self.typed(name) for name in ("sender", "server", "user", "password")):
            hint = "Type an address, or empty the fields of mail."
            raise UsageError("The mail goes to nobody.", hint, about="email")
        wanted = made(self._changed, given, _RIGHT)
        wanted.on = [kind for kind in _KINDS if self.query_one(f"#on-{kind.name}", Agree).marked]
        return wanted

    def _changed(self, given: dict[str, Any]) -> Alerts:
        numbers = {name: _number(given[name], name) for name in ("rejects_percent", "slow_factor")}
        return words.changed(self._now, {**given, **numbers})

    def _save(self) -> None:
        wanted, password, token = self._draft(), self.typed("password"), self.typed("token")
        before = self._values()

        def work() -> tuple[Alerts, list[Way]]:
            from workers.actions import alerts

            alerts.set_alerts(
                self.segport.desk(),
                wanted,
                password=_secret(password, "password"),
                token=_secret(token, "token"),
            )
            return self._read()

        def saved(read: tuple[Alerts, list[Way]]) -> None:
            self._fill(read, before)
            self.outcome(
                "Saved, without what was changed since: save that too."
                if self.changed
                else "Saved. Test sends a test by every way."
            )

        self.ask(work, saved, group="save")

    def _test(self) -> None:
        if self.changed:
            raise UsageError("What was changed here is not saved yet.", "Save it, then test it.")
        self.outcome("Sending...")

        def work() -> str:
            from workers.actions import alerts

            found = alerts.try_each(self.segport.desk())
            return "  ".join(
                f"{name}: {problem or 'got through.'}" for name, problem in found.items()
            )

        self.ask(work, self.outcome, group="test")


def _told(way: Way) -> str:
    if way.name == "command":
        told = f"{way.where} runs for each alert." if way.where else "None."
        return f"{told} It is set by alert_command in this machine's own configuration."
    if way.where is None:
        return "Not set up."
    secret = f"The secret comes from {way.secret}; leave its field empty to keep it."
    trouble = f" Trouble: {way.trouble}" if way.trouble else ""
    return f"{secret if way.secret else 'There is no secret.'}{trouble}"


def _secret(typed: str, about: str) -> Key | None:
    if not typed:
        return None
    try:
        return Key(typed)
    except KeyProblem as error:
        raise UsageError("It holds a space or a character that none holds.", about=about) from error


def _number(text: str, about: str) -> float | None:
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        raise UsageError("That is no number.", "As in 5 or 2.5.", about=about) from None
