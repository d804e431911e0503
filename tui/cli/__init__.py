"""The `segport` command line: a noun a file. Importing it imports none of them."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code and lets no exception through."""
    if arguments is None and sys.argv[1:] == ["--version"]:
        return _version()
    if None in (sys.stdin, sys.stdout, sys.stderr):
        from tui.cli.streams import complete

        complete()
    from tui.cli.ending import ending
    from tui.cli.root import VARIABLE, root
    from tui.environment import disarm
    from workers.isolated import be_discreet

    disarm(os.environ)
    be_discreet()

    if "serve-operator" in (sys.argv if arguments is None else arguments):
        # At the gate the environment is still the client's, so click must not answer to it either.
        os.environ.pop(VARIABLE, None)
    if VARIABLE in os.environ:
        from tui.cli.shells import install

        install()
    return ending(lambda: root.main(arguments, prog_name="segport", standalone_mode=False))


def _version() -> int:
    """What scripts ask before anything else, without the machinery of commands."""
    from tui.cli.version import VERSION

    try:
        print(f"segport {VERSION}", flush=True)
    except OSError:
        # The reader has gone; nothing more may be written, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1
    return 0
