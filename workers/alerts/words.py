"""What an alert says: names of exports, numbers of runs, counts. No customer and no key."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from store.journal.alerts import Message

_LONGEST: Final = 500
# Sentences of ours quote no customer; should one ever, it does not leave by this door.
_ADDRESS: Final = re.compile(r"[^\s<>\"',;:()]+@[^\s<>\"',;:()]+")


def plain(text: str) -> str:
    """One line of printable text without anything that looks like an email address."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    line = _ADDRESS.sub("(address)", line)
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def subject(message: Message) -> str:
    """The line that a mail begins with."""
    alert = message.alert
    if message.event == "test":
        return "Segport: a test"
    over = "over: " if message.event == "recovered" else ""
    return plain(f"Segport: {over}{alert.export_name} {_SHORT.get(alert.kind, alert.kind)}")


def body(message: Message, workspace: str) -> str:
    """A few lines for a mail or a command."""
    if message.event == "test":
        return f"A test of the alerts of the workspace {plain(workspace)}. All is well."
    alert = message.alert
    lines = [
        plain(alert.text) if message.event == "opened" else "It is over.",
        "",
        f"export     {plain(alert.export_name)}",
        f"workspace  {plain(workspace)}",
        f"since      {alert.opened_at}",
    ]
    if message.event == "recovered":
        lines.append(f"it was     {plain(alert.text)}")
    if alert.run_id is not None:
        lines.append(f"look at    segport run show {alert.run_id}")
    return "\n".join(lines)


def payload(message: Message, workspace: str) -> dict[str, Any]:
    """The same as JSON; `text` alone is what chat services show."""
    alert = message.alert
    return {
        "text": f"{subject(message)}. {plain(alert.text)}",
        "event": message.event,
        "kind": alert.kind,
        "export": plain(alert.export_name),
        "slug": alert.export_slug,
        "workspace": plain(workspace),
        "run": alert.run_id,
        "since": alert.opened_at,
        "over": alert.closed_at,
        "found": alert.runs,
    }


_SHORT: Final = {
    "failed": "failed",
    "guard": "was stopped by a guard",
    "rejects": "had many rejects",
    "nothing to send": "had nothing to send",
    "did not start": "did not start",
    "slow": "is slower than usual",
}
