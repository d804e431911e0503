"""The gate: what sshd starts for an operator of a shared host, instead of a shell.

From here on everything inside Segport is the guard, so as little as possible is left to guard: an
environment made anew, no file that an operator names, no other program, and a name that is held in
memory and came from a line that the operator cannot write.
"""

from __future__ import annotations

import os
import pwd
import re
import shlex
import signal
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from store.errors import NotPermitted, UsageError
from store.people import operators
from workers.isolated import be_discreet

if TYPE_CHECKING:
    from store.workspace import Workspace

# Kept as they come, if they look as they should; a terminal needs them.
_KEPT: Final = {
    "TERM": re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}"),
    "COLORTERM": re.compile(r"truecolor|24bit"),
    "LANG": re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,31}"),
    "SSH_CONNECTION": re.compile(r"[0-9A-Fa-f:.%a-z ]{1,160}"),
}
_SHELLS: Final = frozenset({"sh", "bash", "dash", "ash", "ksh", "zsh", "fish", "rbash"})
_LONGEST: Final = 8192


def pass_through(workspace: Workspace, name: str, key: str) -> list[str]:
    """Let an operator in, and nothing else with them; returns the words of their command.

    Raises:
        NotPermitted: this is not sshd's doing, or nobody has named this operator.
    """
    _refuse_imitation(workspace)
    told = os.environ.get("SSH_ORIGINAL_COMMAND", "")
    scrub(os.environ)
    be_discreet()
    os.umask(0o077)
    os.chdir(workspace.root)
    for number in (signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU, signal.SIGQUIT):
        # Nobody waits for a stopped session; there is no shell to go back to.
        signal.signal(number, signal.SIG_IGN)
    operators.admit(name, key)
    return words_of(told)


def words_of(told: str) -> list[str]:
    """The words of a command as ssh sent it. No shell sees them; a leading `segport` is left out."""
    if len(told) > _LONGEST or "\0" in told:
        raise UsageError("The command is too long.")
    try:
        words = shlex.split(told)
    except ValueError as error:
        raise UsageError("The command has a quote that is not closed.") from error
    return words[1:] if words[:1] == ["segport"] else words


def scrub(environ: MutableMapping[str, str]) -> None:
    """Make the environment anew: nothing in it loads code, opens a file or names another program."""
    account = pwd.getpwuid(os.geteuid())
    kept = {
        name: environ[name]
        for name, looks in _KEPT.items()
        if name in environ and looks.fullmatch(environ[name])
    }
    environ.clear()
    environ.update(kept)
    environ.update(
        PATH="/usr/local/bin:/usr/bin:/bin",
        HOME=account.pw_dir,
        USER=account.pw_name,
        LOGNAME=account.pw_name,
        # A service account has no desktop, so no keyring; asking for one could only hang.
        SEGPORT_NO_KEYRING="1",
    )


def _refuse_imitation(workspace: Workspace) -> None:
    """Only sshd gives out names: not a shell of the account's own, not sudo, not another account."""
    if workspace.state.stat().st_uid != os.geteuid() or not started_by_sshd(os.environ):
        raise NotPermitted(
            "This command is for sshd: it serves whoever comes by a key that was let in.",
            "Let somebody in with `segport operator add NAME --role ROLE --key FILE`.",
        )


def started_by_sshd(environ: Mapping[str, str], parent: int | None = None) -> bool:
    """Whether sshd started this process for its account, directly or by the account's shell."""
    if "SSH_CONNECTION" not in environ:
        return False
    process = os.getppid() if parent is None else parent
    for _ in range(3):
        status = _status(process)
        if status.get("Uid", "").split("\t")[0] != str(os.getuid()):
            return False
        name = status.get("Name", "")
        if name.startswith("sshd"):
            return True
        if name not in _SHELLS:
            return False
        process = int(status.get("PPid", "0"))
    return False


def _status(process: int) -> dict[str, str]:
    try:
        text = Path(f"/proc/{process}/status").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return {}
    return {
        name: value.strip()
        for name, _, value in (line.partition(":") for line in text.splitlines())
    }
