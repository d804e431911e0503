"""What an operator does with alerts: look at them, say who is told, try that out."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec

from store import differences, documents, machine
from store.alerts import PLACEHOLDER, SMTP_SECRET, WEBHOOK_SECRET, Alerts, Kind
from store.errors import NotFound, NotPermitted, SegportError, UsageError
from store.journal import alerts, clock
from store.journal.alerts import Alert, Message, Undelivered
from store.keys import secrets
from store.settings import Settings
from workers.alerts import deliver as delivery

if TYPE_CHECKING:
    from store.alerts import Email, Webhook
    from store.keys.secrets import Key
    from workers.actions.desk import Desk


@dataclass(frozen=True, slots=True)
class Way:
    """One way of telling.

    Attributes:
        where: whom it reaches, without a secret; None when it is not set up.
        secret: where its password or token comes from; None when there is none.
        trouble: why its newest message did not get through, or none can; empty where all is well.
    """

    name: str
    where: str | None
    secret: str | None = None
    trouble: str = ""


def open_alerts(desk: Desk) -> list[Alert]:
    """What is the matter now, the newest first: for the login and the status line."""
    with desk.journal() as journal:
        return _as_seen(desk, alerts.opened(journal))


def recent(desk: Desk, limit: int = 100) -> list[Alert]:
    """The newest alerts, open or over."""
    with desk.journal() as journal:
        return _as_seen(desk, alerts.newest(journal, limit))


def settings_of(desk: Desk) -> Alerts:
    """What is told, and by which ways."""
    return desk.settings().alerts or Alerts()


def ways(desk: Desk) -> list[Way]:
    """Every way of telling, set up or not, and whether it gets through."""
    desk.require("administrator", "to see who is told of alerts")
    wanted = settings_of(desk)
    with desk.journal() as journal:
        trouble = {each.channel: _trouble(each) for each in alerts.undelivered(journal)}
    found = [
        _by_mail(desk, wanted.email) if wanted.email else Way("email", None),
        _by_webhook(desk, wanted.webhook) if wanted.webhook else Way("webhook", None),
        _by_command(),
    ]
    return [replace(way, trouble=way.trouble or trouble.get(way.name, "")) for way in found]


def set_alerts(
    desk: Desk, wanted: Alerts, *, password: Key | None = None, token: Key | None = None
) -> Alerts:
    """Say what is told to whom. Secrets are kept where keys are, each bound to its server."""
    from workers.alerts.channels import check_webhook
    from workers.alerts.checked import checked

    desk.require("administrator", "to change the alerts", "segport.toml")
    wanted = checked(msgspec.to_builtins(wanted))
    origin = check_webhook(wanted.webhook.url) if wanted.webhook else None
    if password is not None and wanted.email is None:
        raise UsageError("A password belongs to a mail server.", "Give --email and --server.")
    if token is not None and origin is None:
        raise UsageError("A token belongs to a webhook.", "Give --webhook too.")
    document = documents.read(desk.workspace.settings_path, Settings)
    written = documents.update(document, msgspec.structs.replace(document.value, alerts=wanted))
    told = [differences.of_structs(document.value.alerts or Alerts(), wanted)]
    told += ["another password"] * (password is not None) + ["another token"] * (token is not None)
    desk.record("alerts changed", "segport.toml", "; ".join(part for part in told if part))
    # The secrets last: one that was replaced cannot be put back.
    try:
        if password is not None and wanted.email is not None:
            secrets.save_key(desk.workspace, SMTP_SECRET, wanted.email.origin, password)
        if token is not None and origin is not None:
            secrets.save_key(desk.workspace, WEBHOOK_SECRET, origin, token)
    except SegportError:
        documents.update(written, document.value)
        desk.record("alerts changed", "segport.toml", "put back", result="failed")
        raise
    return wanted


def acknowledge(desk: Desk, export: str, kind: Kind | None = None) -> list[Alert]:
    """Take open alerts of an export as known: they are over, until the same is found again.

    Args:
        desk: who says so.
        export: its slug, or its name.
        kind: only this one; all of them without it.

    Raises:
        NotFound: none is open.
    """
    desk.require("contributor", "to acknowledge an alert", export)
    with desk.journal() as journal:
        found = [
            each
            for each in alerts.opened(journal)
            if export in {each.export_slug, each.export_name} and kind in {None, each.kind}
        ]
        if not found:
            raise NotFound(
                f"No alert is open for {export}.", "`segport alert list` shows those that are."
            )
        with journal.writing() as db:
            for each in found:
                alerts.drop(db, each.export_id, each.kind)
    desk.record("alert acknowledged", found[0].export_slug, ", ".join(each.kind for each in found))
    return _as_seen(desk, found)


def test(desk: Desk, name: str) -> None:
    """Send a test by one way.

    Raises:
        SegportError: it did not get through, and why.
    """
    from workers.alerts import channels

    desk.require("administrator", "to test the alerts", name)
    if name not in channels.CHANNELS:
        raise UsageError(
            f"{name} is no way of telling.", f"There are: {', '.join(channels.CHANNELS)}."
        )
    nothing = Alert(0, "", "test", "a test", Kind.FAILED, clock.now(), None, "This is a test.",
                    None, 1, 0)  # fmt: skip
    with desk.noting("alert tested", name):
        channels.send(desk.workspace, settings_of(desk), Message(0, "test", name, 1, nothing))


def try_each(desk: Desk, name: str | None = None) -> dict[str, str]:
    """Send a test by each way that is set up, or by one: why it did not get through, by its name.

    Raises:
        UsageError: none is set up.
    """
    chosen = [name] if name else [way.name for way in ways(desk) if way.where]
    if not chosen:
        raise UsageError("No way of telling is set up.", "See `segport alert set --help`.")
    found = {}
    for each in chosen:
        try:
            test(desk, each)
        except NotPermitted:
            raise
        except SegportError as error:
            found[each] = str(error)
        else:
            found[each] = ""
    return found


def deliver(desk: Desk, tell: Callable[[str], None] | None = None) -> None:
    """Get out what waits to be told; for schedulers. What goes wrong is told, and stops nothing."""
    with contextlib.suppress(SegportError), desk.journal() as journal:
        delivery.deliver(desk.workspace, journal, tell)


def _as_seen(desk: Desk, found: Sequence[Alert]) -> list[Alert]:
    """A cause may name connections and addresses, which only administrators see."""
    if desk.is_administrator:
        return list(found)
    return [
        msgspec.structs.replace(each, text=f"Look at the export {each.export_name}.")
        for each in found
    ]


def _trouble(each: Undelivered) -> str:
    return (
        f"{each.told} ({each.tries} tries, {'given up' if each.state == 'failed' else 'goes on'})"
    )


def _source(desk: Desk, name: str, origin: str | None, lacks: str) -> tuple[str | None, str]:
    """Where a secret comes from, and what is wrong with that; `lacks` where it must not be missing."""
    if origin is None:
        return None, ""
    try:
        source = secrets.where_is_key(desk.workspace, name, origin)
    except SegportError as error:
        return None, error.message
    return source, "" if source else lacks


def _webhook_origin(url: str) -> str | None:
    from workers.alerts.channels import check_webhook

    try:
        return check_webhook(url)
    except SegportError:
        return None


def _by_mail(desk: Desk, email: Email) -> Way:
    lacks = "there is no password for its user" if email.user else ""
    where = f"{', '.join(email.to)} by {email.server}:{email.port}"
    return Way("email", where, *_source(desk, SMTP_SECRET, email.origin, lacks))


def _by_webhook(desk: Desk, webhook: Webhook) -> Way:
    lacks = "there is no token for it" if PLACEHOLDER in webhook.url else ""
    origin = _webhook_origin(webhook.url)
    return Way("webhook", webhook.url, *_source(desk, WEBHOOK_SECRET, origin, lacks))


def _by_command() -> Way:
    try:
        command = machine.load().alert_command
    except SegportError as error:
        return Way("command", "this machine's configuration", trouble=error.message)
    return Way("command", command[0] if command else None)
