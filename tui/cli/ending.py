"""How a command ends: its exit code, and one sentence for whatever went wrong."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import sys
from typing import TYPE_CHECKING

import click

from store.errors import SegportError
from tui.text import safe

if TYPE_CHECKING:
    from collections.abc import Callable

CANCELED = 130


def ending(command: Callable[[], object]) -> int:
    """Run `command` to its exit code. Nothing that happens in it ends as a traceback."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, OSError, ValueError):
            stream.reconfigure(errors="replace")  # type: ignore[union-attr] # a captured one may not
    try:
        told = command()
        sys.stdout.flush()
    except SystemExit as left:
        # click's own way out when the reader of a pipe has gone; the app's, with its code.
        return left.code if isinstance(left.code, int) else 1
    except (KeyboardInterrupt, click.Abort):
        return CANCELED
    except Exception as error:  # noqa: BLE001 - the last door: an operator gets a sentence
        code = _told(error)
        _say_notes(but=str(error))
        return code
    _say_notes()
    return told if isinstance(told, int) else 0


def _say_notes(but: str = "") -> None:
    """What is wrong with the settings although the command could do without them; told once."""
    from tui.cli.place import notes

    for note in notes():
        if note.message.removesuffix(".") not in but:
            _said(str(note), 0)


def _told(error: Exception) -> int:
    """Say in one sentence what went wrong; returns the exit code."""
    if isinstance(error, BrokenPipeError):
        return _reader_left()
    if isinstance(error, click.ClickException):
        return _usage(error)
    if isinstance(error, SegportError):
        # What a destination said is raw, and kept apart from our own sentence.
        words = getattr(error, "words", "")
        return _said(f"{error} It said: {words}" if words else str(error), error.exit_code)
    if isinstance(error, OSError):
        from tui.problems import unforeseen

        return _said(str(unforeseen(error)), 1)
    return _unexpected(error)


# click names its types; people count.
_PLAIN_WORDS = {
    "is not a valid integer range": "is not a whole number",
    "is not a valid integer": "is not a whole number",
    "is not a valid float range": "is not a number",
    "is not a valid float": "is not a number",
}


def _usage(error: click.ClickException) -> int:
    context = getattr(error, "ctx", None)
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        with contextlib.suppress(OSError):
            click.echo(error.format_message(), err=True)
        return error.exit_code
    hint = f"See `{context.command_path} --help`." if context is not None else ""
    if isinstance(error, click.NoSuchOption) and error.option_name in {"-w", "--workspace"}:
        hint = "It stands before the command: segport --workspace DIR run list."
    message = error.format_message().rstrip()
    for theirs, ours in _PLAIN_WORDS.items():
        message = message.replace(theirs, ours)
    # A question in brackets ends a sentence; a value in brackets does not.
    ended = message if message.endswith((".", "?", "!", "?)", ".)")) else f"{message}."
    return _said(f"{ended} {hint}".rstrip(), error.exit_code)


def _unexpected(error: Exception) -> int:
    """One sentence for what no one foresaw, and where to read more."""
    kept = _keep(error)
    if isinstance(error, sqlite3.Error):
        name = getattr(error, "sqlite_errorname", type(error).__name__)
        return _said(f"The history cannot be read or written ({name}). {kept}", 1)
    duckdb = sys.modules.get("duckdb")
    if duckdb is not None and isinstance(error, duckdb.Error):
        return _said(f"The data cannot be read as asked ({type(error).__name__}). {kept}", 1)
    return _said(f"Something went wrong inside Segport ({type(error).__name__}). {kept}", 1)


def _keep(error: Exception) -> str:
    from tui.cli.crash import keep

    path = keep(error)
    return f"What happened is in {path}." if path else "No report of it could be written."


def _said(text: str, code: int) -> int:
    with contextlib.suppress(OSError):
        click.echo(f"segport: {safe(text)}", err=True)
    return code


def _reader_left() -> int:
    """The reader of a pipe has gone; nothing more may be written, not even at exit."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1
