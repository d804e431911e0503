"""Who is at the keyboard, and what the workspace lets them do."""

from __future__ import annotations

import grp
import os
import pwd
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from store.errors import NotPermitted, UsageError

if TYPE_CHECKING:
    from store.settings import Operators, Settings

Role = Literal["administrator", "contributor", "viewer"]

ROLES: Final[tuple[Role, ...]] = ("administrator", "contributor", "viewer")
# In segport.toml a name that begins so is a unix group.
GROUP: Final = "@"

_RANK: dict[Role, int] = {"viewer": 0, "contributor": 1, "administrator": 2}
# Plain in TOML, in a shell and in an authorized_keys line alike.
_NAME = re.compile(r"@?[A-Za-z0-9_][A-Za-z0-9_.+@-]{0,63}")


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a process works for.

    Attributes:
        name: the unix account; behind the gate, the name that the gate gave.
        groups: the account's unix groups; none behind the gate, where all share one account.
        gated: whether the gate let this person in.
        key: the fingerprint of the SSH key that opened the gate.
    """

    name: str
    groups: frozenset[str] = frozenset()
    gated: bool = False
    key: str = ""


@dataclass(frozen=True, slots=True)
class Operator:
    """A person using the workspace.

    Attributes:
        administrators: who could do what this operator may not; people, and groups as "@name".
        unknown: why nobody knows anybody's role, in a sentence; empty where it is known.
    """

    name: str
    role: Role
    administrators: tuple[str, ...] = ()
    unknown: str = ""

    def require(self, role: Role, to: str) -> None:
        """Refuse unless this operator has at least `role`.

        Args:
            role: the least role that may do it.
            to: what was going to be done, as in "to run an export".
        """
        if _RANK[self.role] < _RANK[role]:
            who = a_role(role)
            if self.unknown:
                raise NotPermitted(
                    f"{self.unknown.removesuffix('.')}, so nobody is more than a viewer here; "
                    f"{to} takes {who}.",
                    "Correct the file.",
                )
            raise NotPermitted(
                f"{self.name} is {a_role(self.role)} here; {to} takes {who}.", self.whom_to_ask
            )

    @property
    def whom_to_ask(self) -> str:
        """A sentence that names the administrators."""
        if not self.administrators:
            return "Ask an administrator of this workspace."
        return f"Ask an administrator of this workspace: {', '.join(self.administrators)}."


def a_role(role: Role) -> str:
    """`an administrator`, `a viewer`."""
    return f"{'an' if role == 'administrator' else 'a'} {role}"


# Who the gate let in: held in this process's memory, so that nothing an operator can set decides it.
_admitted: list[Identity] = []


def admit(name: str, key: str = "") -> None:
    """The gate lets somebody in: this process works for them, and for nobody else from now on."""
    if _admitted:
        raise NotPermitted("This session belongs to somebody already.")
    _admitted.append(Identity(name, gated=True, key=key))


def gated() -> bool:
    """Whether this process stands behind the gate."""
    return bool(_admitted)


def identity() -> Identity:
    """Who this process works for: whom the gate let in, or else its unix account."""
    return _admitted[0] if _admitted else _account()


def current(settings: Settings) -> Operator:
    """The operator of this process.

    Raises:
        NotPermitted: the gate let somebody in who is not, or no longer, named in the settings.
    """
    who = identity()
    role = role_of(who, settings.operators)
    named = tuple(settings.operators.administrators)
    if role is None:
        operator = Operator(who.name, "viewer", named)
        raise NotPermitted(
            f"{who.name} is not an operator of this workspace.", operator.whom_to_ask
        )
    return Operator(who.name, role, named)


def nobody(why: str) -> Operator:
    """The operator of this process while the settings cannot be read: looks, and changes nothing.

    Args:
        why: what is wrong with them, in a sentence.

    Raises:
        NotPermitted: behind the gate, where not even looking is for those whom nobody named.
    """
    who = identity()
    if who.gated:
        raise NotPermitted(
            f"{why.removesuffix('.')}, so nobody is an operator of this workspace.",
            "Correct the file on the host itself.",
        )
    return Operator(who.name, "viewer", unknown=why)


def role_of(who: Identity, named: Operators) -> Role | None:
    """The role of somebody; None for a person behind the gate whom nobody named.

    A person's own line decides; their groups, only while they have none. While nobody is named at
    all, everyone with a shell here is an administrator.
    """
    lists = by_role(named)
    if not who.gated and not any(lists.values()):
        return "administrator"
    for role in ROLES:
        if who.name in lists[role] and not who.name.startswith(GROUP):
            return role
    for role in ROLES:
        if any(GROUP + group in lists[role] for group in who.groups):
            return role
    return None if who.gated else "viewer"


def by_role(named: Operators) -> dict[Role, list[str]]:
    """The lists of names, the most powerful role first."""
    return {
        "administrator": named.administrators,
        "contributor": named.contributors,
        "viewer": named.viewers,
    }


def check_name(name: str) -> None:
    """Refuse what is no name of a person or of a unix group."""
    if not _NAME.fullmatch(name):
        raise UsageError(
            "An operator is an account name, or @ and a unix group: letters, digits, and . _ + @ -",
            "Name one such, as in alice or @marketing.",
        )


def members(group: str) -> list[str] | None:
    """The accounts that a unix group is known to have; None if there is no such group here."""
    try:
        found = grp.getgrnam(group)
    except KeyError:
        return None
    primary = [each.pw_name for each in pwd.getpwall() if each.pw_gid == found.gr_gid]
    return sorted({*found.gr_mem, *primary})


def _account() -> Identity:
    try:
        account = pwd.getpwuid(os.geteuid())
    except KeyError:
        return Identity(str(os.geteuid()))
    # Asked of the system each time: a process's own list of groups is as old as its login.
    return Identity(account.pw_name, frozenset(_groups(account)))


def _groups(account: pwd.struct_passwd) -> list[str]:
    found = []
    for number in os.getgrouplist(account.pw_name, account.pw_gid):
        try:
            found.append(grp.getgrgid(number).gr_name)
        except KeyError:
            continue
    return found
