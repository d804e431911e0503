"""The history of many runs: filtered, paged and summed up by its index alone."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from store.connections import Connection
from store.errors import NotFound
from store.exports import Export, SegmentChoice
from store.journal import clock, past, runs
from store.journal.past import Wanted
from store.journal.runs import Frozen, Options, State
from store.journal.schema import Journal

FIRST = datetime(2026, 1, 1, 12, tzinfo=UTC)
PEOPLE = ("ann", "bob", "cleo")
STATES = (State.SUCCESSFUL, State.WITH_REJECTS, State.FAILED)


def at(hours: int) -> str:
    return (FIRST + timedelta(hours=hours)).isoformat(timespec="milliseconds")


def frozen(export_id: str) -> Frozen:
    return Frozen(
        Export(id=export_id, name=export_id.upper(), connection="c",
               segments=[SegmentChoice("s")], fields={"Email": "e"}),
        Connection(name="C"),
    )  # fmt: skip


@pytest.fixture
def journal(tmp_path):
    """Sixty runs, one an hour, of two exports by three people."""
    with Journal(tmp_path / "journal.db") as found:
        for n in range(60):
            with found.writing() as db:
                run_id = runs.ask(
                    db, frozen=frozen("ab"[n % 2]), export_slug="x", connection_slug="c",
                    operator=PEOPLE[n % 3], started_by="app", options=Options(),
                )  # fmt: skip
                runs.note(
                    db, run_id, state=STATES[n % 3], asked_at=at(n), to_send=10, accepted=7,
                    rejected=2, repeated=1, requests_sent=3,
                )  # fmt: skip
        yield found


def ids(found) -> list[int]:
    return [each.id for each in found]


def test_pages_join_without_a_gap_or_a_repeat(journal):
    seen: list[int] = []
    page = past.page(journal, Wanted(), limit=7)
    while page:
        seen += ids(page)
        page = past.page(journal, Wanted(), before=seen[-1], limit=7)
    assert seen == list(range(60, 0, -1))


def test_a_run_that_comes_in_between_moves_no_page(journal):
    first = past.page(journal, Wanted(), limit=10)
    with journal.writing() as db:
        runs.ask(db, frozen=frozen("a"), export_slug="x", connection_slug="c", operator="ann",
                 started_by="app", options=Options())  # fmt: skip
    second = past.page(journal, Wanted(), before=first[-1].id, limit=10)
    assert ids(first + second) == list(range(60, 40, -1))


@pytest.mark.parametrize(
    ("wanted", "kept"),
    [
        (Wanted(export_id="a"), lambda n: n % 2 == 0),
        (Wanted(operator="bob"), lambda n: n % 3 == 1),
        (Wanted(states=(State.FAILED, State.SUCCESSFUL)), lambda n: n % 3 != 1),
        (Wanted(since=at(10), until=at(20)), lambda n: 10 <= n < 20),
        (Wanted("a", (State.FAILED,), at(5), at(50), "cleo"), lambda n: n % 6 == 2 and 5 <= n < 50),
        (Wanted(operator="nobody"), lambda n: False),
    ],
)
def test_filters_narrow_pages_and_sums_alike(journal, wanted, kept):
    expected = [n + 1 for n in range(59, -1, -1) if kept(n)]
    assert ids(past.page(journal, wanted, limit=100)) == expected
    sums = past.totals(journal, wanted)
    count = len(expected)
    assert (sums.runs, sums.to_send, sums.accepted) == (count, 10 * count, 7 * count)
    assert (sums.rejected, sums.repeated, sums.requests) == (2 * count, count, 3 * count)
    assert sum(sums.states.values()) == count


def test_days_are_those_of_this_machine(journal, monkeypatch):
    monkeypatch.setenv("TZ", "Etc/GMT-11")  # eleven hours ahead of UTC
    time.tzset()
    try:
        found = past.days(journal, Wanted(until=at(3)))
    finally:
        monkeypatch.undo()
        time.tzset()
    # 12:00 UTC is 23:00 there, 13:00 the next day.
    assert [(day.day, day.runs, day.accepted, day.rejected) for day in found] == [
        ("2026-01-01", 1, 7, 2),
        ("2026-01-02", 2, 14, 4),
    ]


def test_names_of_those_who_asked_and_of_what_was_run(journal):
    assert past.who(journal) == ["ann", "bob", "cleo"]
    assert past.which_exports(journal) == {"a": "A", "b": "B"}


def test_an_empty_history(tmp_path):
    with Journal(tmp_path / "journal.db") as journal:
        assert past.page(journal, Wanted()) == []
        assert past.totals(journal, Wanted()) == past.Totals()
        assert past.days(journal, Wanted()) == []
        assert past.who(journal) == []
        assert past.which_exports(journal) == {}
        with pytest.raises(NotFound):
            past.page(journal, Wanted(), before=7)


def test_no_question_about_the_history_reads_the_runs_themselves(journal):
    """Plans and frozen configurations are kilobytes a run; the index holds all that is asked."""
    told: list[str] = []
    journal.connection.set_trace_callback(told.append)
    everything = Wanted("a", (State.FAILED,), at(0), at(99), "ann")
    for wanted in (Wanted(), everything):
        past.page(journal, wanted, before=60, limit=5)
        past.totals(journal, wanted)
        past.days(journal, wanted)
    past.who(journal)
    journal.connection.set_trace_callback(None)
    asked = [sql for sql in told if sql.startswith("select") and "asked_at from" not in sql]
    assert len(asked) == 8
    for sql in asked:
        steps = [row["detail"] for row in journal.rows(f"explain query plan {sql}")]
        reads = [step for step in steps if step.startswith(("SCAN", "SEARCH"))]
        through = [step for step in reads if "COVERING INDEX run_" in step]
        # A page looks its own rows up by their numbers, and no others.
        rest = [step for step in reads if step not in through]
        assert through
        assert all("INTEGER PRIMARY KEY (rowid=?)" in step for step in rest), steps
        if "limit" in sql:
            assert not any("TEMP B-TREE FOR ORDER BY" in step for step in steps[: len(through)])


def test_states_are_kept_with_their_times(tmp_path):
    with Journal(tmp_path / "journal.db") as journal:
        with journal.writing() as db:
            run_id = runs.ask(db, frozen=frozen("a"), export_slug="x", connection_slug="c",
                              operator="ann", started_by="app", options=Options())  # fmt: skip
            runs.note(db, run_id, state=State.PLANNING)
            runs.note(db, run_id, heartbeat=clock.now())
            runs.note(db, run_id, state=State.QUEUED, attempt=2)
        found = runs.stages(journal, run_id)
    assert [(each.attempt, each.state) for each in found] == [
        (1, "queued"), (1, "planning"), (2, "queued"),
    ]  # fmt: skip
    assert [each.at for each in found] == sorted(each.at for each in found)
