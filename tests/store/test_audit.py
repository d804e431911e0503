"""The record of who did what: it only grows, and whoever changes it by hand is found out."""

from __future__ import annotations

import base64
import hashlib
import sqlite3

import pytest

from store.journal import audit, tables
from store.journal.audit import Wanted
from store.journal.schema import Journal
from store.people import ssh_session


@pytest.fixture
def journal(tmp_path):
    with Journal(tmp_path / "journal.db") as opened:
        yield opened


def write(journal, *deeds):
    for who, action, subject in deeds:
        with journal.writing() as db:
            audit.record(db, operator=who, via="app", action=action, subject=subject,
                         detail="\x1b[31m “quoted”", session="ssh 192.0.2.7:5")  # fmt: skip


FIVE = [("ann", "run started", f"run {n}") for n in range(1, 6)]


def by_hand(journal, *statements):
    """As somebody with a shell and the sqlite3 program would."""
    journal.close()
    db = sqlite3.connect(journal.path)
    for name, _kind in db.execute("select name, sql from sqlite_master where type = 'trigger'"):
        if name.startswith("audit_") and statements[0] != "keep triggers":
            db.execute(f"drop trigger {name}")
    for statement in statements[statements[0] == "keep triggers" :]:
        db.execute(statement)
    if statements[0] != "keep triggers":
        for part in audit.chain._ONLY_GROWS.split(";\ncreate"):
            text = part.strip()
            db.execute(text if text.startswith("create") else f"create {text}")
    db.commit()
    db.close()
    with Journal(journal.path) as again:
        return audit.verify(again)


def test_an_untouched_record_holds_and_names_its_last_seal(journal):
    assert audit.verify(journal).holds
    write(journal, *FIVE)
    verdict = audit.verify(journal)
    assert (verdict.holds, verdict.rows, verdict.last) == (True, 5, 5)
    assert audit.seal_of(journal, 5) == verdict.seal


@pytest.mark.parametrize(
    "statement",
    [
        "update audit set operator = 'eve' where id = 2",
        "delete from audit where id = 2",
        "delete from audit",
        (
            "insert or replace into audit select 2, at, 'eve', via, action, subject, detail, session,"
            " seal, role, result from audit where id = 2"
        ),
        "update or replace audit set id = 9 where id = 2",
    ],
)
def test_the_table_only_grows(journal, statement):
    write(journal, *FIVE)
    with pytest.raises(sqlite3.IntegrityError, match="only grows"):
        journal.connection.execute(statement)
    assert audit.verify(journal).holds


@pytest.mark.parametrize(
    ("statement", "wrong", "last"),
    [
        ("update audit set operator = 'eve' where id = 3", "row 3 is not as it was written", 2),
        ("update audit set at = '2020' where id = 1", "row 1 is not as it was written", 0),
        ("update audit set session = '' where id = 5", "row 5 is not as it was written", 4),
        ("update audit set seal = 'aa' where id = 4", "row 4 is not as it was written", 3),
        ("delete from audit where id = 3", "row 3 is missing", 2),
        ("delete from audit where id = 1", "row 1 is missing", 0),
        ("delete from audit where id >= 4", "row 4 is missing", 3),
        ("delete from audit", "row 1 is missing", 0),
        ("update audit set id = 10 where id = 5", "row 5 is missing", 4),
    ],
)
def test_a_row_changed_by_hand_is_named(journal, statement, wrong, last):
    write(journal, *FIVE)
    verdict = by_hand(journal, statement)
    assert (verdict.holds, verdict.wrong, verdict.last) == (False, wrong, last)


def test_rows_that_change_places_are_found(journal):
    write(journal, *FIVE)
    verdict = by_hand(
        journal,
        "update audit set id = 99 where id = 2",
        "update audit set id = 2 where id = 3",
        "update audit set id = 3 where id = 99",
    )
    assert verdict.wrong == "row 2 is not as it was written"


def test_a_record_whose_guards_were_taken_away_does_not_pass(journal):
    write(journal, *FIVE)
    verdict = by_hand(journal, "keep triggers", "drop trigger audit_is_not_cut")
    assert "audit_is_not_cut" in verdict.wrong


def test_what_was_written_before_the_chain_is_sealed_as_it_stands(tmp_path, monkeypatch):
    step = tables.JOURNAL.index(audit.chain.install)
    with monkeypatch.context() as older:
        older.setattr(tables, "JOURNAL", tables.JOURNAL[:step])
        with Journal(tmp_path / "journal.db") as journal, journal.writing() as db:
            for n in range(3):
                db.execute(
                    "insert into audit (at, operator, via, action, subject, detail)"
                    " values ('2026', 'ann', 'app', 'run started', ?, '')",
                    (f"run {n}",),
                )
    with Journal(tmp_path / "journal.db") as journal:
        write(journal, *FIVE[:1])
        verdict = audit.verify(journal)
        assert (verdict.holds, verdict.rows) == (True, 4)
        assert [deed.subject for deed in audit.deeds(journal)] == [
            "run 1", "run 2", "run 1", "run 0",
        ]  # fmt: skip


@pytest.fixture
def older(tmp_path, monkeypatch):
    """Three rows that were sealed before there were a role and a result; then two of now."""
    step = tables.JOURNAL.index(tables._ROLE_AND_RESULT)
    with monkeypatch.context() as then:
        then.setattr(tables, "JOURNAL", tables.JOURNAL[:step])
        with Journal(tmp_path / "journal.db") as journal, journal.writing() as db:
            before = audit.chain.START
            for n in range(1, 4):
                row = (n, "2026", "ann", "app", "", "run started", f"run {n}", "")
                before = audit.chain.seal(before, row)
                names = "id, at, operator, via, session, action, subject, detail, seal"
                db.execute(
                    f"insert into audit ({names}) values (?,?,?,?,?,?,?,?,?)", (*row, before)
                )
    with Journal(tmp_path / "journal.db") as journal:
        write(journal, *FIVE[3:])
        yield journal


def test_rows_from_before_role_and_result_keep_their_seals(older):
    verdict = audit.verify(older)
    assert (verdict.holds, verdict.rows) == (True, 5)
    found = [(deed.role, deed.result) for deed in reversed(audit.deeds(older))]
    assert found == [(None, None)] * 3 + [("", "done")] * 2


@pytest.mark.parametrize(
    ("statement", "row"),
    [
        ("update audit set role = null, result = null where id = 4", 4),
        ("update audit set result = 'refused' where id = 5", 5),
        ("update audit set role = 'administrator' where id = 2", 2),
        ("update audit set result = 'done', role = '' where id = 1", 1),
    ],
)
def test_role_and_result_are_sealed_as_well(older, statement, row):
    assert by_hand(older, statement).wrong == f"row {row} is not as it was written"


def test_deeds_are_found_by_who_what_and_when(journal):
    write(journal, *FIVE, ("bob", "connection changed", "acme"), ("ann", "run canceled", "run 1"))

    def found(**wanted):
        return [deed.id for deed in audit.deeds(journal, Wanted(**wanted))]

    assert found(who="bob") == [6]
    assert found(action="CANCEL") == [7]
    assert found(action="run", who="ann", before=3) == [2, 1]
    assert found(subject="run 1") == [7, 1]
    at = audit.deeds(journal, Wanted(before=4))[0].at
    assert set(found(since=at)) >= {3, 4, 5, 6, 7}
    assert found(until="2020-01-01") == []
    assert found(since="2999-01-01") == []


KEY = base64.b64encode(b"\0\0\0\x0bssh-ed25519" + b"k" * 36).decode()
PRINT = "SHA256:" + base64.b64encode(hashlib.sha256(base64.b64decode(KEY)).digest()).decode()[:-1]


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (None, ""),
        ("192.0.2.7 50022 10.0.0.1 22", "ssh 192.0.2.7:50022"),
        ("2001:db8::7 50022 2001:db8::1 22", "ssh [2001:db8::7]:50022"),
        ("fe80::1%eth0 1 fe80::2%eth0 22", "ssh [fe80::1]:1"),
        ("\x1b]52;c;aGk=\x07 1 1 22", "ssh from an address that is not one"),
        ("192.0.2.7 50022 10.0.0.1 22\nalice did it", "ssh from an address that is not one"),
    ],
)
def test_the_ssh_connection_is_told_and_nothing_else_is_let_in(told, said):
    environ = {} if told is None else {"SSH_CONNECTION": told}
    assert ssh_session.words(environ) == said


def test_who_came_by_sudo_is_told():
    assert ssh_session.words({"SUDO_USER": "bob"}) == "sudo from bob"
    both = {"SUDO_USER": "bob", "SSH_CONNECTION": "192.0.2.7 1 10.0.0.1 22"}
    assert ssh_session.words(both) == "ssh 192.0.2.7:1, sudo from bob"
    assert ssh_session.words({"SUDO_USER": "bob\nalice did it"}) == ""


def test_the_key_is_told_by_its_fingerprint(tmp_path):
    info = tmp_path / "info"
    environ = {"SSH_CONNECTION": "192.0.2.7 1 10.0.0.1 22", "SSH_USER_AUTH": str(info)}
    assert ssh_session.words(environ) == "ssh 192.0.2.7:1"
    info.write_text(f"publickey ssh-ed25519 {KEY}\n")
    assert ssh_session.words(environ) == f"ssh 192.0.2.7:1, key {PRINT}"
    assert ssh_session.words(environ, key="SHA256:known") == "ssh 192.0.2.7:1, key SHA256:known"
    info.write_text("publickey ssh-ed25519 not/base64!\npassword\n")
    assert ssh_session.words(environ) == "ssh 192.0.2.7:1, by password"
    link = tmp_path / "link"
    link.symlink_to(info)
    assert ssh_session.words(environ | {"SSH_USER_AUTH": str(link)}) == "ssh 192.0.2.7:1"
