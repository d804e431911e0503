"""What keeps an operator from doing what their role does not allow, as `segport doctor` says it."""

from __future__ import annotations

import grp
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from store import settings
from store.errors import SegportError
from store.people import authorized_keys, operators
from tui.cli.checks import Check
from tui.words.figures import many

if TYPE_CHECKING:
    from store.workspace import Workspace
    from tui.cli.place import Place

_REMEDY = "For a barrier, let people in through the gate: README, A shared host."


def protection(place: Place) -> Check:
    """Whether roles are held by the gate, or are a convenience."""
    who = operators.identity()
    if who.gated:
        return Check("roles", True, f"held by the gate: you are {who.name}, by the key {who.key}")
    try:
        return Check("roles", *_found(place.workspace, who.name))
    except SegportError as error:
        return Check("roles", False, error.message, error.hint)


def _found(workspace: Workspace, account: str) -> tuple[bool, str, str]:
    if not any(operators.by_role(settings.load(workspace).operators).values()):
        return True, f"nobody is named: who has a shell as {account} may do everything", ""
    open_to = [p for p in (workspace.root, workspace.settings_path) if _others_can_write(p)]
    if open_to:
        remedy = f"chmod go-w {' '.join(map(str, open_to))}"
        return False, "other accounts can change segport.toml, and so any role", remedy
    keys = authorized_keys.place()
    people = {each.operator for each in authorized_keys.lines(keys) if _is_for(each, workspace)}
    if not people:
        return True, f"a convenience: who has a shell as {account} can change them", _REMEDY
    beside = f"; not for who has a shell as {account}"
    shells = authorized_keys.others(keys)
    if shells:
        beside += f", as by {many(shells, 'key')} beside the gate"
    return True, f"held by the gate for {many(len(people), 'person', 'people')}{beside}", ""


def _is_for(line: authorized_keys.GateLine, workspace: Workspace) -> bool:
    return line.workspace == str(workspace.root)


def _others_can_write(path: Path) -> bool:
    """Whether an account beside the owner can; a group that is the owner's alone is nobody else."""
    found = path.stat()
    if found.st_mode & stat.S_IWOTH:
        return True
    if not found.st_mode & stat.S_IWGRP:
        return False
    try:
        accounts = operators.members(grp.getgrgid(found.st_gid).gr_name) or []
    except KeyError:
        return True
    try:
        owner = path.owner()
    except KeyError:  # it has no name here
        owner = ""
    return bool(set(accounts) - {owner})
