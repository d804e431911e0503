from __future__ import annotations

import grp
import os
import pwd
import stat

import pytest

from store import connections, documents, exports, locks, settings, workspace
from store.errors import NotFound, NotPermitted, StorageError, UsageError
from store.journal import schema
from store.people import operators
from store.settings import CsvDialect, Operators


def test_init_makes_a_private_state_folder_that_git_ignores(tmp_path):
    made = workspace.create(tmp_path / "w")
    assert stat.S_IMODE(made.state.stat().st_mode) == 0o700
    assert stat.S_IMODE(made.secrets_folder.stat().st_mode) == 0o700
    assert ".segport/" in (made.root / ".gitignore").read_text()


def test_init_of_a_workspace_changes_nothing(tmp_path):
    workspace.create(tmp_path)
    (tmp_path / "segport.toml").write_text('data = "elsewhere"\n')
    with pytest.raises(UsageError, match="already"):
        workspace.create(tmp_path)
    assert (tmp_path / "segport.toml").read_text() == 'data = "elsewhere"\n'


def test_it_is_found_from_below_and_by_variable_and_by_option(tmp_path):
    made = workspace.create(tmp_path / "w")
    deep = made.root / "data" / "segments"
    assert workspace.find(None, {}, deep) == made
    assert workspace.find(None, {"SEGPORT_WORKSPACE": str(made.root)}, tmp_path) == made
    assert workspace.find(made.root, {"SEGPORT_WORKSPACE": "/nowhere"}, tmp_path) == made


def test_no_workspace_says_how_to_make_one(tmp_path):
    with pytest.raises(NotFound, match="segport init"):
        workspace.find(None, {}, tmp_path)
    with pytest.raises(NotFound, match=r"no segport\.toml"):
        workspace.find(tmp_path, {}, tmp_path)


def test_a_place_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot be written"):
        workspace.create(tmp_path / "file" / "w")


@pytest.fixture
def other():
    """Another account, which root can become: its user id."""
    if os.geteuid() != 0:
        pytest.skip("only root can be another account")
    return pwd.getpwnam("nobody").pw_uid


def as_account(uid, work):
    """What `work` raises in a process of another account; None if it does not."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
        try:
            work()
        except StorageError as error:
            os.write(write, str(error).encode())
        os._exit(0)
    os.close(write)
    os.waitpid(child, 0)
    with os.fdopen(read, encoding="utf-8") as told:
        return told.read() or None


def open_to_all(folder):
    """Let other accounts through to a test's folder, which pytest makes private."""
    for each in (folder, *folder.parents):
        mode = stat.S_IMODE(each.stat().st_mode)
        if not mode & 0o001:
            each.chmod(mode | 0o001)


def test_a_workspace_of_another_account_is_told_with_the_account(tmp_path, other):
    made = workspace.create(tmp_path / "w")
    os.chown(made.state, other, -1)
    told = r"belongs to the account nobody, and opens to no other\. Use it as that account: sudo"
    with pytest.raises(StorageError, match=told):
        workspace.open_workspace(made.root)


def test_a_journal_of_another_account_is_told_from_a_full_disk(tmp_path, other):
    made = workspace.create(tmp_path / "w")
    schema.open_log(made.log_path).close()
    open_to_all(made.root)
    os.chown(made.state, other, -1)
    told = as_account(other, lambda: schema.open_log(made.log_path))
    assert "log.db belongs to another account (user id 0)" in told
    assert f"sudo chown {other} {made.log_path}" in told


def test_a_folder_that_may_not_be_looked_into_is_named(tmp_path, other):
    open_to_all(tmp_path)
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    for work in (
        lambda: workspace.find(None, {}, closed),
        lambda: workspace.find(closed, {}, tmp_path),
    ):
        told = as_account(other, work)
        assert told.startswith(f"{closed} cannot be looked into (Permission denied).")


def test_broken_settings_do_not_keep_the_workspace_shut(tmp_path):
    made = workspace.create(tmp_path)
    made.settings_path.write_text("data = [")
    assert workspace.open_workspace(tmp_path).data == made.data


def test_a_broken_file_is_an_entry_and_the_rest_goes_on(tmp_path):
    made = workspace.create(tmp_path)
    (made.connections_folder / "good.toml").write_text('name = "Good"\n')
    (made.connections_folder / "bad.toml").write_text('name = "Bad"\nrate = "x"\n')
    found = connections.catalogue(made)
    assert isinstance(found["good"], connections.Connection)
    assert isinstance(found["bad"], documents.Broken)
    assert "line 2, field rate" in found["bad"].reason
    assert connections.load(made, "good").value.name == connections.load(made, "Good").value.name


def test_a_copied_export_with_the_same_id_is_noticed(tmp_path):
    made = workspace.create(tmp_path)
    text = (
        'id = "1"\nname = "A"\nconnection = "c"\n[[segments]]\nsegment = "s"\n'
        '[fields]\nEmail = "e"\n'
    )
    (made.exports_folder / "a.toml").write_text(text)
    (made.exports_folder / "b.toml").write_text(text.replace('"A"', '"B"'))
    found = exports.catalogue(made)
    # Whose history the id stands for, nobody can tell from here: neither takes it over.
    assert all(isinstance(found[slug], documents.Broken) for slug in ("a", "b"))


def test_a_settled_dialect_keeps_the_operators_comments(tmp_path):
    made = workspace.create(tmp_path)
    dialect = CsvDialect(delimiter=";", columns=["a", "b c"])
    settings.keep_dialect(made, "VIP 香港", dialect)
    assert settings.load(made).segments["VIP 香港"].csv == dialect
    assert "# The settings of this Segport workspace." in made.settings_path.read_text()


def test_roles():
    named = Operators(administrators=["ann", "@ops"], contributors=["bob"], viewers=["zoe"])

    def role(name, *groups, gated=False, operators_=named):
        who = operators.Identity(name, frozenset(groups), gated)
        return operators.role_of(who, operators_)

    assert role("ann") == role("joe", "ops") == role("joe", "staff", "ops") == "administrator"
    assert role("bob") == "contributor"
    assert role("eve") == role("ops") == role("@ops") == "viewer"
    # What stands beside a person's own name decides, not their group.
    assert role("zoe", "ops") == "viewer"
    # Behind the gate nobody comes in unnamed, and the account's groups are nobody's.
    assert role("ann", gated=True) == "administrator"
    assert role("eve", gated=True) is None
    assert role("eve", operators_=Operators()) == "administrator"
    assert role("eve", gated=True, operators_=Operators()) is None


def test_a_refusal_says_who_could_do_it():
    eve = operators.Operator("eve", "viewer", ("ann", "@ops"))
    with pytest.raises(NotPermitted, match=r"takes a contributor\. .*: ann, @ops\."):
        eve.require("contributor", "to run an export")
    eve.require("viewer", "to look")


def test_this_process_is_its_account_with_the_groups_it_has_now():
    me = operators.identity()
    assert me.name == pwd.getpwuid(os.geteuid()).pw_name
    assert grp.getgrgid(pwd.getpwuid(os.geteuid()).pw_gid).gr_name in me.groups
    assert not me.gated


def test_a_lock_is_held_until_its_last_holder_lets_go(tmp_path):
    path = tmp_path / "a.lock"
    held = locks.acquire(path)
    assert held is not None
    assert locks.acquire(path) is None
    assert locks.is_held(path)
    child = os.dup(held.descriptor)
    held.release()
    assert locks.is_held(path)
    adopted = locks.adopt(path, child)
    assert locks.holder(path) == os.getpid()
    adopted.release()
    assert not locks.is_held(path)
    assert locks.holder(path) is None


def test_a_lock_speaks_of_nobody_who_held_it_before(tmp_path):
    path = tmp_path / "locks" / "a.lock"
    first = locks.acquire(path)
    first.sign()
    first.release()
    second = locks.acquire(path)
    assert locks.holder(path) is None
    second.sign(4321)
    assert locks.holder(path) == 4321
    second.release()


def test_a_lock_on_a_file_that_was_removed_is_not_in_place(tmp_path):
    path = tmp_path / "a.lock"
    held = locks.acquire(path)
    assert held.is_in_place()
    path.unlink()
    assert not held.is_in_place()
    other = locks.acquire(path)
    assert other.is_in_place()
    assert not held.is_in_place()
