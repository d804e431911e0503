"""Where a key comes from on the command line: a file, standard input or a hidden prompt."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import click

from store.errors import KeyProblem, UsageError
from tui.cli.paths import HostPath
from tui.cli.printing import on_terminal

if TYPE_CHECKING:
    from store.keys.secrets import Key

_LONGEST = 10_000


class Secret(NamedTuple):
    """What is read: how a sentence calls it, the option that names its file, where people find it."""

    name: str
    option: str
    found: str


API_KEY: Final = Secret("API key", "--key-file", "the account's settings")
PASSWORD: Final = Secret("password", "--password-file", "the mail server's account")
TOKEN: Final = Secret("token", "--token-file", "the webhook's settings")

key_option = click.option(
    "--key-file",
    type=HostPath(dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="The file that holds the API key; - for standard input. Asked for otherwise.",
)


def read_key(key_file: str | None, secret: Secret = API_KEY) -> Key:
    """The key, or another secret, which is never an argument: those can be read by everyone on the machine.

    Raises:
        UsageError: there is none to be had.
    """
    from store.keys.secrets import Key

    if key_file == "-":
        text, where = sys.stdin.read(_LONGEST), "standard input"
    elif key_file is not None:
        text, where = _from_file(Path(key_file), secret), f"the file {key_file}"
    elif on_terminal():
        text = click.prompt(f"{secret.name} (not shown)", hide_input=True, err=True)
        where = "what was typed"
    else:
        raise UsageError(
            f"There is no {secret.name}.",
            f"Give it with {secret.option} FILE, or {secret.option} - for standard input.",
        )
    if not text.strip():
        raise UsageError(
            f"There is no {secret.name} in {where}: it is empty.",
            f"Put the {secret.name} from {secret.found} there.",
        )
    try:
        return Key(text)
    except KeyProblem as error:
        raise KeyProblem(
            f"The {secret.name} in {where} holds a space, a line break or a character that none"
            " holds.",
            f"Copy it again from {secret.found}.",
        ) from error


def _from_file(path: Path, secret: Secret) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            return file.read(_LONGEST)
    except UnicodeDecodeError as error:
        raise UsageError(
            f"The file {path} is not text.", f"It holds the {secret.name} and nothing else."
        ) from error
    except OSError as error:
        remedy = (
            f"Look at the path, or give the {secret.name} on standard input with {secret.option} -."
            if isinstance(error, FileNotFoundError)
            else f"Make it readable for this account, or give the {secret.name} with {secret.option} -."
        )
        raise UsageError(f"The file {path} cannot be read ({error.strerror}).", remedy) from error
