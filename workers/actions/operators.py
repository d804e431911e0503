"""What an administrator does with operators. Roles are read anew each time, so each holds at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from store import documents, operators
from store.errors import NotFound, UsageError
from store.operators import GROUP, Role
from store.settings import Operators, Settings

if TYPE_CHECKING:
    from workers.actions.desk import Desk


@dataclass(frozen=True, slots=True)
class OperatorLine:
    """A person or a unix group with a role.

    Attributes:
        name: a person's account name, or "@" and the name of a group.
        members: accounts of a group as this machine knows them; None for a person, and for a group
            that this machine does not know.
        you: whether it gives you your role.
    """

    name: str
    role: Role
    members: list[str] | None = None
    you: bool = False


def listed(desk: Desk) -> list[OperatorLine]:
    """Everybody who is named, the most powerful first. Everyone may know whom to ask."""
    return [
        OperatorLine(name, role, _members(name), _is_you(name, named))
        for named in (desk.settings().operators,)
        for role, names in operators.by_role(named).items()
        for name in names
    ]


def add(desk: Desk, name: str, role: Role) -> list[str]:
    """Name a person or a group; returns what is worth knowing about it, in sentences.

    Whoever names the first operator is named an administrator too: while nobody is named everyone is
    one, and from then on nobody else would be.
    """
    desk.operator.require("administrator", "to add an operator")
    operators.check_name(name)
    document = documents.read(desk.workspace.settings_path, Settings)
    named = document.value.operators
    if _role_in(named, name) is not None:
        raise UsageError(
            f"{name} is an operator already.", f"Change the role: segport operator role {name} ROLE"
        )
    notes = []
    me = desk.operator.name
    first = not any(operators.by_role(named).values()) and me != name
    if first:
        named = _with(named, me, "administrator")
        notes.append(f"{me} was named an administrator too, to be the first.")
    _write(desk, document, _with(named, name, role), "operator added", name, role)
    if first:
        desk.record("operator added", me, "administrator")
    if name.startswith(GROUP) and not _members(name):
        notes.append(f"This machine knows no account in a unix group {name[1:]}.")
    return notes


def set_role(desk: Desk, name: str, role: Role) -> None:
    """Give somebody who is named another role."""
    desk.operator.require("administrator", "to change a role")
    document = documents.read(desk.workspace.settings_path, Settings)
    before = _known(document.value.operators, name)
    changed = _with(document.value.operators, name, role)
    _write(desk, document, changed, "role changed", name, f"{before} to {role}")


def remove(desk: Desk, name: str) -> None:
    """Take somebody's name out."""
    desk.operator.require("administrator", "to remove an operator")
    document = documents.read(desk.workspace.settings_path, Settings)
    before = _known(document.value.operators, name)
    changed = _without(document.value.operators, name)
    _write(desk, document, changed, "operator removed", name, before)


def _write(
    desk: Desk,
    document: documents.Document[Settings],
    named: Operators,
    action: str,
    name: str,
    detail: str,
) -> None:
    _keep_an_administrator(named)
    documents.update(document, msgspec.structs.replace(document.value, operators=named))
    desk.record(action, name, detail)


def _keep_an_administrator(named: Operators) -> None:
    """Without one, nobody could change roles again; with no name at all, everybody could."""
    if any(not name.startswith(GROUP) or _members(name) for name in named.administrators):
        return
    raise UsageError(
        "A workspace keeps at least one administrator, so nothing was changed.",
        "Make somebody else an administrator first: segport operator role NAME administrator",
    )


def _with(named: Operators, name: str, role: Role) -> Operators:
    lists = operators.by_role(_without(named, name))
    return _made(
        {each: [*names, *([name] if each == role else [])] for each, names in lists.items()}
    )


def _without(named: Operators, name: str) -> Operators:
    lists = operators.by_role(named)
    return _made({role: [each for each in names if each != name] for role, names in lists.items()})


def _made(lists: dict[Role, list[str]]) -> Operators:
    return Operators(lists["administrator"], lists["contributor"], lists["viewer"])


def _role_in(named: Operators, name: str) -> Role | None:
    for role, names in operators.by_role(named).items():
        if name in names:
            return role
    return None


def _known(named: Operators, name: str) -> Role:
    role = _role_in(named, name)
    if role is None:
        known = [each for names in operators.by_role(named).values() for each in names]
        raise NotFound(
            f"{name} is not an operator here.",
            f"There are: {', '.join(known)}." if known else "Nobody is named yet.",
        )
    return role


def _members(name: str) -> list[str] | None:
    return operators.members(name[1:]) if name.startswith(GROUP) else None


def _is_you(name: str, named: Operators) -> bool:
    who = operators.identity()
    if _role_in(named, who.name) is not None:
        return name == who.name
    return name.startswith(GROUP) and name[1:] in who.groups
