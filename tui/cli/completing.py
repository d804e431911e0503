"""What the shell offers when tab is pressed: the names in the workspace, by what a command asks for.

A parameter says by its own name what it wants (`--connection`, `run_id`; `NAME` is of the noun it
stands under), so that a new command completes without a word about it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import click
from click.shell_completion import CompletionItem

from store.errors import SegportError
from tui.text import safe

if TYPE_CHECKING:
    from store.workspace import Workspace

_MOST_RUNS: Final = 50


class _Offer(NamedTuple):
    """What can be typed: a file's name, what stands beside it, and how it is called on screen."""

    name: str
    about: str = ""
    called: str = ""

    def word(self, begun: str) -> str | None:
        """The word that goes on as it was begun; the file's name where both do."""
        called = self.called if begun else ""
        return next((each for each in (self.name, called) if each.startswith(begun) and each), None)


_Names = Callable[["Workspace", str], Iterator[_Offer]]


def offer_names(command: click.Command, noun: str) -> None:
    """Make the parameters of a command, and of those under it, offer names."""
    if isinstance(command, click.Group):
        for each in command.commands.values():
            offer_names(each, noun)
        return
    for param in command.params:
        names = _wanted(param, noun, command.name or "")
        if names is not None:
            param.type = _Named(param.type, names, command.name or "")


def _wanted(param: click.Parameter, noun: str, verb: str) -> _Names | None:
    name = (param.name or "").removesuffix("s")
    if name == "name":
        # What is added has a name that is not there yet.
        return None if verb == "add" else _BY_NOUN.get(noun)
    return _BY_PARAMETER.get(name)


class _Named(click.ParamType[object]):
    """A type that offers names, and is otherwise the one it was."""

    def __init__(self, inner: click.ParamType[Any], names: _Names, verb: str) -> None:
        self.name = inner.name
        self._inner = inner
        self._names = names
        self._verb = verb

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> object:
        """As the type that it stands for."""
        return self._inner.convert(value, param, ctx)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """The names that begin so; none where there is no workspace to look in."""
        from store import workspace as workspaces

        del param
        named: Path | None = ctx.find_root().params.get("workspace")
        try:
            found = list(self._names(workspaces.find(named), self._verb))
        except (SegportError, OSError):
            return []
        words = [(each.word(incomplete), each.about) for each in found]
        return [
            CompletionItem(word, help=safe(about) if about not in ("", word) else None)
            for word, about in words
            # What would act on a terminal is not put on a command line.
            if word is not None and safe(word) == word
        ]


def _exports(workspace: Workspace, _verb: str) -> Iterator[_Offer]:
    from store.exports import Export, catalogue

    for slug, entry in catalogue(workspace).items():
        called = entry.name if isinstance(entry, Export) else ""
        yield _Offer(slug, "" if called == slug else called, called)


def _connections(workspace: Workspace, _verb: str) -> Iterator[_Offer]:
    from store.connections import Connection, catalogue
    from workers.actions.desk import sit_down

    desk = sit_down(workspace, "command line")
    for slug, entry in catalogue(workspace).items():
        if desk.is_administrator or (isinstance(entry, Connection) and desk.sees(entry)):
            called = entry.name if isinstance(entry, Connection) else ""
            yield _Offer(slug, "" if called == slug else called, called)


def _segments(workspace: Workspace, _verb: str) -> Iterator[_Offer]:
    from store.segments.catalogue import names

    for name in names(workspace):
        yield _Offer(name)


def _operators(workspace: Workspace, _verb: str) -> Iterator[_Offer]:
    from store import settings

    named = settings.load(workspace).operators
    for role in ("administrators", "contributors", "viewers"):
        for name in getattr(named, role):
            yield _Offer(name, role.removesuffix("s"))


def _runs(workspace: Workspace, verb: str) -> Iterator[_Offer]:
    from store.journal.past import Wanted, page
    from store.journal.schema import Journal

    if not workspace.journal_path.exists():
        return
    with Journal(workspace.journal_path) as journal:
        for run in page(journal, Wanted(states=_states(verb)), limit=_MOST_RUNS):
            yield _Offer(str(run.id), f"{run.export_name}, {run.state}")


def _states(verb: str) -> list[Any]:
    """The states of the runs that a verb can be said of; none means all."""
    from store.journal.runs import ACTIVE, RESUMABLE, State

    states = {
        "approve": {State.NEEDS_APPROVAL},
        "cancel": {State.NEEDS_APPROVAL, *ACTIVE},
        "resume": RESUMABLE,
    }
    return sorted(states.get(verb, ()))


_BY_PARAMETER: Final[dict[str, _Names]] = {
    "connection": _connections,
    "export": _exports,
    "segment": _segments,
    "run_id": _runs,
}
_BY_NOUN: Final[dict[str, _Names]] = {
    "connection": _connections,
    "export": _exports,
    "schedule": _exports,
    "segment": _segments,
    "operator": _operators,
}
