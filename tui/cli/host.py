"""What this machine does beside Segport, as `segport doctor` says it: sessions, other accounts, sudo."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from store.people import operators
from tui.cli.checks import Check

MOUNTS: Final = Path("/proc/self/mounts")
_LOGIND: Final = (Path("/etc/systemd/logind.conf"), Path("/etc/systemd/logind.conf.d"))
_SYSTEMD: Final = Path("/run/systemd/system")
_LINGER: Final = Path("/var/lib/systemd/linger")
_HIDDEN: Final = frozenset({"1", "2", "4", "noaccess", "invisible", "ptraceable"})


def checks() -> Iterator[Check]:
    """What holds on this machine; behind the gate it is not the operator's business."""
    who = operators.identity()
    if who.gated:
        return
    yield _way_in(who.name, os.environ.get("SUDO_USER", ""))
    yield _processes(MOUNTS)
    yield _sessions(who.name)


def _way_in(account: str, before: str) -> Check:
    """Whether several people come as one account; only sudo itself knows who they were."""
    if not re.fullmatch(r"[\w.@+-]{1,64}", before) or before == account:
        return Check("you are", True, account)
    found = f"{account}, by sudo from {before}: for roles and audit everyone who may do that is {account}"
    remedy = (
        "To tell people apart, let them in through the gate: README, A shared host."
        if account != "root"
        else "Work as the account that owns the workspace: files that root makes are closed to it."
    )
    return Check("you are", account != "root", found, remedy)


def _processes(mounts: Path) -> Check:
    """Whether other accounts see command lines, in which `why` and `forget` have an address."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    options = next((fields[3] for line in lines if (fields := line.split())[1] == "/proc"), "")
    hidden = any(
        name == "hidepid" and value in _HIDDEN
        for name, _, value in (option.partition("=") for option in options.split(","))
    )
    if hidden:
        return Check("command lines", True, "hidden from other accounts (hidepid)")
    return Check(
        "command lines",
        True,
        "other accounts see them while a command runs; a key is never in one",
        "`why` and `forget` have an address in theirs: use the app (w), or mount /proc with "
        "hidepid=2 if other people have accounts here.",
    )


def _sessions(account: str) -> Check:
    """Whether systemd ends what a session started, runs too, once the session ends."""
    if not _SYSTEMD.is_dir():
        return Check("sessions", True, "not kept by systemd: runs outlive them")
    if not _kills(*_LOGIND):
        return Check("sessions", True, "runs outlive them (KillUserProcesses=no)")
    if (_LINGER / account).exists():
        return Check("sessions", True, f"runs outlive them: {account} lingers")
    return Check(
        "sessions",
        False,
        "runs end with the SSH session that started them (KillUserProcesses=yes)",
        f"loginctl enable-linger {account}, or KillUserProcesses=no in logind.conf.",
    )


def _kills(conf: Path, folder: Path) -> bool:
    """The last word counts; systemd itself says yes where nobody says anything, Debian says no."""
    found = "no"
    for path in (conf, *sorted(folder.glob("*.conf"))):
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        for value in re.findall(r"(?m)^\s*KillUserProcesses\s*=\s*(\S+)", text):
            found = value.lower()
    return found in {"yes", "true", "1", "on"}
