"""A command of the machine's configuration is run: without a shell, a terminal, or the key of anybody."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from typing import Final

from store.errors import SegportError

KEY_VARIABLE: Final = "SEGPORT_KEY_"
"""What the environment variables that hold a connection's key begin with."""

_PATIENCE: Final = 10.0


class CommandFailed(SegportError):
    """It did not end well; holds nothing of what it printed."""


def run(
    command: Sequence[str],
    named: str,
    given: bytes = b"",
    environ: Mapping[str, str] = os.environ,
) -> bytes:
    """What the command prints.

    Args:
        command: a program and its arguments.
        named: as a sentence calls it, such as "alert command".
        given: what it reads.
        environ: the environment it gets, less the keys that are in it.

    Raises:
        CommandFailed: it cannot be run, takes over ten seconds, or ends with another status than 0.
    """
    try:
        # A session of its own has no terminal, so nothing can ask there behind the app's screen.
        done = subprocess.run(  # noqa: S603 - the machine's own configuration, and no shell
            command,
            input=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_PATIENCE,
            env={name: value for name, value in environ.items() if not _holds_key(name)},
            start_new_session=True,
            check=False,
        )
    except subprocess.TimeoutExpired:
        # The exception holds what was printed so far: it must not become anybody's context.
        raise CommandFailed(f"The {named} took over {_PATIENCE:g} s.") from None
    except OSError as error:
        raise CommandFailed(f"The {named} cannot be run ({error.strerror}).") from None
    if done.returncode != 0:
        raise CommandFailed(f"The {named} failed with status {done.returncode}.")
    return done.stdout


def _holds_key(name: str) -> bool:
    return name.startswith(KEY_VARIABLE)
