"""What an administrator does with operators. Roles are read anew each time, so each holds at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from store import documents
from store.errors import NotFound, StorageError, UsageError
from store.people import authorized_keys, operators, public_key
from store.people.operators import GROUP, Role, a_role
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
        keys: fingerprints of the keys that let a person in through the gate; None for others than
            administrators.
        you: whether it gives you your role.
    """

    name: str
    role: Role
    members: list[str] | None = None
    keys: list[str] | None = None
    you: bool = False


def listed(desk: Desk) -> list[OperatorLine]:
    """Everybody who is named, the most powerful first. Everyone may know whom to ask."""
    keys = _keys(desk)
    return [
        OperatorLine(
            name,
            role,
            _members(name),
            None if keys is None else keys.get(name, []),
            _is_you(name, named),
        )
        for named in (desk.settings().operators,)
        for role, names in operators.by_role(named).items()
        for name in names
    ]


def check_new(desk: Desk, name: str) -> None:
    """Refuse a name that nobody can have here, or that somebody has already."""
    desk.require("administrator", "to add an operator", name)
    operators.check_name(name)
    before = _role_in(desk.settings().operators, name)
    if before is not None:
        raise _is_one_already(name, before)


def add(desk: Desk, name: str, role: Role | None, key: str | None = None) -> list[str]:
    """Name a person or a group; returns what is worth knowing about it, in sentences.

    Whoever names the first operator is named an administrator too: while nobody is named everyone is
    one, and from then on nobody else would be.

    Args:
        desk: who, and where.
        name: a person, or "@" and a unix group.
        role: what they may do; None for somebody who is named already and gets another key.
        key: the text of a public key file, to let the person in through the gate.
    """
    desk.require("administrator", "to add an operator", name)
    operators.check_name(name)
    found = None
    if key is not None:
        if name.startswith(GROUP):
            raise UsageError("A key belongs to a person, not to a group.")
        found = public_key.parse(key)
        authorized_keys.check_new(authorized_keys.place(), found)
    notes = _name(desk, name, role, has_key=found is not None)
    if found is not None:
        authorized_keys.add(authorized_keys.place(), name, desk.workspace.root, found)
        desk.record("operator key added", name, found.fingerprint)
        notes.append(f"{name} is let in with the key {found.fingerprint}.")
    return notes


def _name(desk: Desk, name: str, role: Role | None, *, has_key: bool) -> list[str]:
    """Write the role down, unless the person has it already and only gets a key."""
    document = documents.read(desk.workspace.settings_path, Settings)
    named = document.value.operators
    before = _role_in(named, name)
    if before is not None and has_key and role in {None, before}:
        return []
    if before is not None:
        raise _is_one_already(name, before)
    if role is None:
        raise UsageError(f"What may {name} do?", "Say --role administrator|contributor|viewer.")
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


def _is_one_already(name: str, role: Role) -> UsageError:
    return UsageError(
        f"{name} is {a_role(role)} already.",
        f"Change the role: enter in the list, or segport operator role {name} ROLE.",
    )


def set_role(desk: Desk, name: str, role: Role) -> None:
    """Give somebody who is named another role."""
    desk.require("administrator", "to change a role", name)
    document = documents.read(desk.workspace.settings_path, Settings)
    before = _known(document.value.operators, name)
    changed = _with(document.value.operators, name, role)
    _write(desk, document, changed, "role changed", name, f"{before} to {role}")


def remove(desk: Desk, name: str) -> int:
    """Take somebody's name out, and their keys to the gate; returns how many keys."""
    desk.require("administrator", "to remove an operator", name)
    document = documents.read(desk.workspace.settings_path, Settings)
    before = _known(document.value.operators, name)
    changed = _without(document.value.operators, name)
    _write(desk, document, changed, "operator removed", name, before)
    gone = authorized_keys.remove(authorized_keys.place(), name, desk.workspace.root)
    if gone:
        desk.record("operator keys removed", name, str(gone))
    return gone


def _write(
    desk: Desk,
    document: documents.Document[Settings],
    named: Operators,
    action: str,
    name: str,
    detail: str,
) -> None:
    _keep_an_administrator(desk, named)
    documents.update(document, msgspec.structs.replace(document.value, operators=named))
    desk.record(action, name, detail)


def _keep_an_administrator(desk: Desk, named: Operators) -> None:
    """Without one, nobody could change roles again; with no name at all, everybody could.

    Through the gate only those count who come that way too: the rest need a shell on the host.
    """
    me = operators.identity()
    keys = _keys(desk) or {}
    # Where sshd looks elsewhere, nobody's key is known here, one's own included.
    gated = me.gated and me.name in keys
    if gated:
        keeps = any(name in keys for name in named.administrators)
    else:
        keeps = any(not name.startswith(GROUP) or _members(name) for name in named.administrators)
    if keeps:
        return
    where = " who comes through the gate" if gated else ""
    raise UsageError(
        f"A workspace keeps at least one administrator{where}, so nothing was changed.",
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


def _keys(desk: Desk) -> dict[str, list[str]] | None:
    """The keys to the gate of this workspace, by operator, as far as they can be read."""
    if not desk.is_administrator:
        return None
    found: dict[str, list[str]] = {}
    try:
        for line in authorized_keys.lines(authorized_keys.place()):
            if line.workspace == str(desk.workspace.root):
                found.setdefault(line.operator, []).append(line.fingerprint)
    except StorageError:
        return None
    return found


def _members(name: str) -> list[str] | None:
    return operators.members(name[1:]) if name.startswith(GROUP) else None


def _is_you(name: str, named: Operators) -> bool:
    who = operators.identity()
    if _role_in(named, who.name) is not None:
        return name == who.name
    return name.startswith(GROUP) and name[1:] in who.groups
