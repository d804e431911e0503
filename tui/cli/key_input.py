"""Where a key comes from on the command line: a file, standard input or a hidden prompt."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from store.errors import UsageError
from tui.cli.paths import HostPath
from tui.cli.printing import on_terminal

if TYPE_CHECKING:
    from store.keys.secrets import Key

_LONGEST = 10_000

key_option = click.option(
    "--key-file",
    type=HostPath(dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="The file that holds the API key; - for standard input. Asked for otherwise.",
)


def read_key(key_file: str | None) -> Key:
    """The key, which is never an argument: those can be read by everyone on the machine.

    Raises:
        UsageError: there is none to be had.
    """
    from store.keys.secrets import Key

    if key_file == "-":
        text = sys.stdin.read(_LONGEST)
    elif key_file is not None:
        text = _from_file(Path(key_file))
    elif on_terminal():
        text = click.prompt("API key (not shown)", hide_input=True, err=True)
    else:
        raise UsageError(
            "There is no key.", "Give it with --key-file FILE, or --key-file - for standard input."
        )
    if not text.strip():
        where = "standard input" if key_file == "-" else f"the key file {key_file}"
        raise UsageError(
            f"There is no key in {where if key_file is not None else 'what was typed'}: it is empty.",
            "Put the API key from the account's settings there.",
        )
    return Key(text)


def _from_file(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            return file.read(_LONGEST)
    except UnicodeDecodeError as error:
        raise UsageError(
            f"The key file {path} is not text.", "It holds the API key and nothing else."
        ) from error
    except OSError as error:
        remedy = (
            "Look at the path, or give the key on standard input with --key-file -."
            if isinstance(error, FileNotFoundError)
            else "Make it readable for this account, or give the key with --key-file -."
        )
        raise UsageError(
            f"The key file {path} cannot be read ({error.strerror}).", remedy
        ) from error
