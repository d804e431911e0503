"""Naming operators: what is written, what is refused, what is noted."""

from __future__ import annotations

import grp
import os
import pwd

import pytest

from store import settings
from store import workspace as workspaces
from store.errors import NotFound, NotPermitted, UsageError
from store.journal import audit
from workers.actions import operators
from workers.actions.desk import sit_down

ME = pwd.getpwuid(os.geteuid()).pw_name


@pytest.fixture
def workspace(tmp_path):
    return workspaces.create(tmp_path / "house")


def named(workspace):
    found = settings.load(workspace).operators
    return found.administrators, found.contributors, found.viewers


def desk(workspace):
    return sit_down(workspace, "command line")


def a_group(monkeypatch, *members):
    monkeypatch.setattr(
        "store.people.operators.members", lambda name: list(members) if name == "ops" else None
    )


def test_whoever_names_the_first_becomes_an_administrator(workspace):
    notes = operators.add(desk(workspace), "zoe", "viewer")
    assert named(workspace) == ([ME], [], ["zoe"])
    assert f"{ME} was named an administrator too" in notes[0]
    operators.add(desk(workspace), "joe", "contributor")
    assert named(workspace) == ([ME], ["joe"], ["zoe"])
    with desk(workspace).journal() as journal:
        told = [(deed.action, deed.subject, deed.detail) for deed in audit.deeds(journal)]
    assert told == [
        ("operator added", "joe", "contributor"),
        ("operator added", ME, "administrator"),
        ("operator added", "zoe", "viewer"),
    ]


def test_a_change_holds_at_once_and_keeps_comments(workspace):
    operators.add(desk(workspace), "zoe", "administrator")
    operators.set_role(desk(workspace), ME, "contributor")
    assert "# Who may do what." in workspace.settings_path.read_text()
    assert desk(workspace).operator.role == "contributor"
    with pytest.raises(NotPermitted, match="zoe"):
        operators.set_role(desk(workspace), ME, "administrator")


def test_there_is_always_an_administrator(workspace, monkeypatch):
    operators.add(desk(workspace), "zoe", "viewer")
    for change in (
        lambda: operators.set_role(desk(workspace), ME, "viewer"),
        lambda: operators.remove(desk(workspace), ME),
    ):
        with pytest.raises(UsageError, match="at least one administrator"):
            change()
    # A group in which nobody is does not count; one in which somebody is does.
    a_group(monkeypatch)
    operators.add(desk(workspace), "@ops", "administrator")
    with pytest.raises(UsageError, match="at least one administrator"):
        operators.remove(desk(workspace), ME)
    a_group(monkeypatch, "olga")
    operators.remove(desk(workspace), ME)
    assert named(workspace) == (["@ops"], [], ["zoe"])


def test_a_group_gives_its_role_and_is_told_with_its_members(workspace):
    group = grp.getgrgid(pwd.getpwnam(ME).pw_gid).gr_name
    operators.add(desk(workspace), "zoe", "administrator")
    operators.add(desk(workspace), f"@{group}", "contributor")
    operators.remove(desk(workspace), ME)
    sitting = desk(workspace)
    assert sitting.operator.role == "contributor"
    [line] = [line for line in operators.listed(sitting) if line.you]
    assert (line.name, line.role) == (f"@{group}", "contributor")
    assert ME in (line.members or [])
    assert line.keys is None


@pytest.mark.parametrize(
    "name", ["", "a b", "@", "-x", "x\ny", "x'y", "$(id)", "a" * 65, "@@x", "ä", 'a"b', "a/b"]
)
def test_what_is_no_name_is_refused(workspace, name):
    with pytest.raises(UsageError, match="account name"):
        operators.add(desk(workspace), name, "viewer")
    assert named(workspace) == ([], [], [])


def test_who_is_not_there_or_there_already(workspace):
    operators.add(desk(workspace), "zoe", "viewer")
    with pytest.raises(UsageError, match="viewer already"):
        operators.add(desk(workspace), "zoe", "contributor")
    with pytest.raises(NotFound, match="There are: "):
        operators.remove(desk(workspace), "nobody")
    with pytest.raises(UsageError, match="What may"):
        operators.add(desk(workspace), "ned", None)
    with pytest.raises(UsageError, match="not to a group"):
        operators.add(desk(workspace), "@ops", "viewer", "ssh-ed25519 AAAA")
