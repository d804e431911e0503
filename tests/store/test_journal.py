from __future__ import annotations

import multiprocessing
import sqlite3
import stat

import pytest

from store.connections import Connection
from store.errors import NotFound, StorageError
from store.exports import Export, SegmentChoice
from store.journal import delivery, runs, tables
from store.journal.delivery import Fate, Intent, Reject, Span
from store.journal.log import Log, Sought
from store.journal.runs import Frozen, Options, State
from store.journal.schema import Journal

FROZEN = Frozen(
    Export(
        id="e1", name="VIP", connection="c", segments=[SegmentChoice("s")], fields={"Email": "e"}
    ),
    Connection(name="C"),
)


def asked(journal: Journal) -> int:
    with journal.writing() as db:
        return runs.ask(
            db, frozen=FROZEN, export_slug="vip", connection_slug="c", operator="ann",
            started_by="command line", options=Options(limit=3),
        )  # fmt: skip


def test_a_run_is_kept_with_all_it_was_asked_for(tmp_path):
    with Journal(tmp_path / "journal.db") as journal:
        run = runs.load(journal, asked(journal))
    assert run.state is State.QUEUED
    assert run.options == Options(limit=3)
    assert run.frozen == FROZEN


def test_the_journal_is_private(tmp_path):
    path = tmp_path / "journal.db"
    with Journal(path) as journal:
        asked(journal)
        files = [path, path.with_name("journal.db-wal"), path.with_name("journal.db-shm")]
        assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o600] * 3


def test_an_unknown_run(tmp_path):
    with Journal(tmp_path / "journal.db") as journal, pytest.raises(NotFound):
        runs.load(journal, 7)


def test_a_newer_journal_is_refused(tmp_path):
    path = tmp_path / "journal.db"
    Journal(path).close()
    with sqlite3.connect(path) as db:
        db.execute(f"pragma user_version={len(tables.JOURNAL) + 1}")
    with pytest.raises(StorageError, match="newer Segport"):
        Journal(path)


def test_an_older_journal_is_brought_forward(tmp_path, monkeypatch):
    path = tmp_path / "journal.db"
    with Journal(path) as journal:
        run_id = asked(journal)
    step = "create table later (a integer);\ninsert into later values (7);\n"
    monkeypatch.setattr(tables, "JOURNAL", (*tables.JOURNAL, step))
    for _ in range(2):
        with Journal(path) as journal:
            assert [tuple(row) for row in journal.rows("select a from later")] == [(7,)]
            assert runs.load(journal, run_id).state is State.QUEUED


def test_a_step_that_fails_leaves_the_journal_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "journal.db"
    with Journal(path) as journal:
        run_id = asked(journal)
    known = tables.JOURNAL
    monkeypatch.setattr(tables, "JOURNAL", (*known, "create table later (a integer);\nno sql;\n"))
    with pytest.raises(StorageError):
        Journal(path)
    monkeypatch.setattr(tables, "JOURNAL", known)
    with Journal(path) as journal:
        assert runs.load(journal, run_id).id == run_id
        assert journal.row("select 1 from sqlite_master where name = 'later'") is None


def test_a_step_that_sqlite_itself_takes_back_says_why(tmp_path, monkeypatch):
    """As on a full disk: then there is nothing left that could be rolled back."""

    def step(connection):
        connection.execute("create table narrow (n)")
        connection.execute(
            "create trigger full before insert on narrow begin select raise(rollback, 'no room'); end"
        )
        connection.execute("insert into narrow values (1)")

    Journal(tmp_path / "journal.db").close()
    monkeypatch.setattr(tables, "JOURNAL", [*tables.JOURNAL, step])
    with pytest.raises(StorageError, match="no room"):
        Journal(tmp_path / "journal.db")


def test_a_damaged_journal_is_told(tmp_path):
    path = tmp_path / "journal.db"
    path.write_bytes(b"this is no database at all" * 100)
    with pytest.raises(StorageError, match="damaged"):
        Journal(path)


def test_a_transaction_that_fails_keeps_nothing(tmp_path):
    with Journal(tmp_path / "journal.db") as journal:
        run_id = asked(journal)
        with pytest.raises(RuntimeError), journal.writing() as db:  # noqa: PT012 - both must be in it
            runs.note(db, run_id, state=State.FAILED)
            raise RuntimeError
        assert runs.load(journal, run_id).state is State.QUEUED


def intent(run_id: int, no: int = 1) -> Intent:
    return Intent(run_id, no, 1, "bulk", 0, 1, 100, 100)


def test_an_answer_and_its_rejects_are_one(tmp_path):
    with Journal(tmp_path / "journal.db") as journal:
        run_id = asked(journal)
        with journal.writing() as db:
            runs.note(db, run_id, to_send=100)
            delivery.intend(db, intent(run_id))
        with journal.writing() as db:
            delivery.conclude(
                db, intent(run_id), Fate.ANSWERED, status=200, accepted=[Span(0, 1, 98)],
                rejects=[Reject(99, 400, "refused", "no")], accepted_contacts=98, repeated=[1, 2],
            )  # fmt: skip
        run = runs.load(journal, run_id)
        assert (run.accepted, run.rejected, run.repeated, run.pending) == (98, 1, 2, 1)
        assert delivery.spans(journal, run_id) == [Span(0, 1, 98)]
        assert delivery.refused_parts(journal, run_id) == [(99, 0)]


def test_a_contact_is_counted_as_repeated_once(tmp_path):
    with Journal(tmp_path / "journal.db") as journal:
        run_id = asked(journal)
        for no in (1, 2):
            with journal.writing() as db:
                delivery.intend(db, intent(run_id, no))
                delivery.conclude(db, intent(run_id, no), Fate.UNKNOWN, repeated=[5])
        assert runs.load(journal, run_id).repeated == 1


def test_what_never_left_is_no_request_sent(tmp_path):
    with Journal(tmp_path / "journal.db") as journal:
        run_id = asked(journal)
        with journal.writing() as db:
            delivery.intend(db, intent(run_id))
            delivery.conclude(db, intent(run_id), Fate.NOT_SENT)
        assert runs.load(journal, run_id).requests_sent == 0


def _write_many(path: str, count: int) -> None:
    with Journal(path) as journal:  # type: ignore[arg-type]
        for _ in range(count):
            with journal.writing() as db:
                row = db.execute("select accepted from run where id = 1").fetchone()
                db.execute("update run set accepted = ? where id = 1", (row[0] + 1,))


def test_processes_that_write_at_once_lose_nothing(tmp_path):
    path = tmp_path / "journal.db"
    with Journal(path) as journal:
        asked(journal)
        context = multiprocessing.get_context("spawn")
        writers = [context.Process(target=_write_many, args=(path, 50)) for _ in range(3)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join(60)
        assert runs.load(journal, 1).accepted == 150


def test_a_look_sees_what_another_wrote(tmp_path):
    path = tmp_path / "journal.db"
    with Journal(path) as mine, Journal(path) as theirs:
        before = mine.data_version()
        assert mine.data_version() == before
        asked(theirs)
        assert mine.data_version() != before


def test_the_log_is_followed_as_it_grows(tmp_path):
    writer, reader = Log(tmp_path / "log.db"), Log(tmp_path / "log.db")
    writer.write(1, "first")
    (first,) = reader.after(1)
    writer.write(2, "another run")
    writer.write(1, "second", "warning")
    assert [(line.level, line.text) for line in reader.after(1, first.id)] == [
        ("warning", "second")
    ]
    assert [line.text for line in reader.tail(1, 1)] == ["second"]


def test_letters_that_are_not_ascii_are_found_however_they_are_written(tmp_path):
    """In the log by who searches it, and in sentences when a person is erased."""
    log = Log(tmp_path / "log.db")
    log.write(1, "Made the list \u00d6sterreich.")
    for sought in ("\u00d6sterreich", "\u00f6STERREICH"):
        assert [line.text for line in log.tail(1, sought=Sought(sought))]
    log.write(1, "Refused: J\u00d6RG@example.com")
    assert log.quoting("j\u00f6rg@example.com") == 1
    assert log.scrub("j\u00f6rg@example.com") == 1
    assert log.quoting("j\u00f6rg@example.com") == 0


def test_one_page_of_a_long_history_needs_no_scan(tmp_path):
    with Journal(tmp_path / "journal.db") as journal:
        plans = journal.rows(
            "explain query plan select * from run where export_id = ? and id < ? "
            "order by id desc limit 50", "e1", 10,
        )  # fmt: skip
    assert "USING INDEX run_by_export" in plans[0]["detail"]
