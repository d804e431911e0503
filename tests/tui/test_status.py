"""What goes on and what was missed, on every screen."""

from __future__ import annotations

import asyncio
import stat
from datetime import UTC, datetime, timedelta

import pytest

from store.connections import Connection
from store.exports import Export, SegmentChoice
from store.journal import delivery
from store.journal import runs as rows
from store.journal.delivery import Fate, Intent
from store.journal.runs import Frozen, Options, State
from store.journal.schema import Journal
from store.people import looks
from store.people.looks import Looks
from tests.tui.painted import painted
from tui.app import SegportApp
from tui.screens.run import RunScreen
from tui.widgets.title import news_content
from tui.words.figures import clock
from tui.words.time_left import left_words
from workers import launch
from workers.actions import progress
from workers.actions.desk import sit_down
from workers.actions.pulse import Pulse, missed, take
from workers.actions.runs import load

EARLY, LATE = "2026-11-20T00:00:00.000+00:00", "2026-11-21T00:00:00.000+00:00"


@pytest.fixture
def desk(workspace):
    return sit_down(workspace, "app")


def add(desk, state, *, ended=None, to_send=200, accepted=0, name="Daily") -> int:
    """A run in the journal as it would stand there; nobody holds its lock."""
    export = Export(id="0" * 16, name=name, segments=[SegmentChoice("vip")], fields={"Email": "e"})
    frozen = Frozen(export, Connection(name="Main"))
    with desk.journal() as journal, journal.writing() as db:
        run_id = rows.ask(
            db, frozen=frozen, export_slug="daily", connection_slug="main", operator="ann",
            started_by="command line", options=Options(),
        )  # fmt: skip
        rows.note(db, run_id, state=state, ended_at=ended, to_send=to_send, accepted=accepted)
    return run_id


@pytest.fixture
def held(desk):
    """Runs that a process is at: their locks are held."""
    from store import locks

    kept = []

    def hold(state, **more) -> int:
        run_id = add(desk, state, **more)
        kept.append(locks.acquire(launch.lock_path(desk.workspace, run_id)))
        return run_id

    yield hold
    for lock in kept:
        lock.release()


def was_here(desk, at=EARLY) -> None:
    looks.save(desk.workspace, desk.operator.name, Looks(here=at, runs=at))


async def test_a_run_that_is_looked_at_is_no_news_until_another_is_under_way(desk, held, settled):
    held(State.SENDING, to_send=100, accepted=45)
    app = SegportApp(desk.workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "run 1 sending 45 %  4 shows it" in painted(app))
        app.push_screen(RunScreen(1))
        await settled(pilot, lambda: "Run 1: sending" in painted(app))
        assert "4 shows it" not in painted(app)
        held(State.SENDING, to_send=100)
        await settled(pilot, lambda: "run 1 sending 45 %, 1 more  4 shows them" in painted(app))


def test_a_pulse_counts_what_is_new_and_keeps_that_it_was_seen(desk, held):
    held(State.SENDING, accepted=90)
    held(State.QUEUED, to_send=0)
    add(desk, State.NEEDS_APPROVAL, ended=EARLY)
    add(desk, State.FAILED, ended=EARLY)
    add(desk, State.FAILED, ended=LATE)
    add(desk, State.SUCCESSFUL, ended=LATE)
    dead = add(desk, State.SENDING)
    was_here(desk)
    found = take(desk, looking=False)
    assert (found.under_way, found.first.id, found.waiting, found.failed) == (2, 1, 1, 2)
    with desk.journal() as journal:
        assert rows.load(journal, dead).state is State.INTERRUPTED
    assert take(desk, looking=True).failed == 0
    assert take(desk, looking=False).failed == 0
    path = desk.workspace.state / "looks" / f"{desk.operator.name}.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_who_was_never_here_missed_nothing_and_a_damaged_file_is_as_none(desk):
    add(desk, State.FAILED, ended=LATE)
    assert missed(desk) == []
    assert take(desk, looking=False).failed == 0
    path = desk.workspace.state / "looks" / f"{desk.operator.name}.json"
    path.write_bytes(b'{"here": 3')
    assert looks.load(desk.workspace, desk.operator.name) is None
    assert take(desk, looking=False).failed == 0


def test_those_that_want_somebody_come_first(desk):
    was_here(desk)
    add(desk, State.NEEDS_APPROVAL, ended=LATE)
    add(desk, State.SUCCESSFUL, ended=LATE.replace("21", "22"))
    add(desk, State.SUCCESSFUL, ended=EARLY)
    assert [run.state for run in missed(desk)] == [State.NEEDS_APPROVAL, State.SUCCESSFUL]


def test_a_run_is_as_far_as_its_own_page_says_while_lists_are_to_come(desk, held):
    run_id = held(State.SENDING, to_send=400)
    with desk.journal() as journal, journal.writing() as db:
        for no in (1, 2):
            sent = Intent(run_id, no, 1, "bulk", 0, no * 100 - 99, no * 100, 100)
            delivery.intend(db, sent)
            delivery.conclude(db, sent, Fate.ANSWERED, status=200, ms=5.0)
    found = take(desk, looking=False)
    assert found.first.accepted == 0
    assert news_content(found, {}).plain == "run 1 sending 50 % (lists to come)"


@pytest.mark.parametrize(("ago", "fate", "told"), [
    (60, Fate.NOT_SENT, True), (60, Fate.UNKNOWN, True), (1, Fate.NOT_SENT, False),
    (60, Fate.ANSWERED, False),
])  # fmt: skip
def test_a_run_whose_service_does_not_answer_names_no_time_left(desk, held, ago, fate, told):
    run_id = held(State.SENDING, to_send=400)
    heard = (datetime.now(UTC) - timedelta(seconds=ago)).isoformat(timespec="milliseconds")
    with desk.journal() as journal, journal.writing() as db:
        for no, came in ((1, Fate.ANSWERED), (2, fate)):
            sent = Intent(run_id, no, 1, "bulk", 0, no * 100 - 99, no * 100, 100)
            delivery.intend(db, sent)
            delivery.conclude(db, sent, came)
        db.execute("update request set sent_at = ? where no = 1", (heard,))
    run, seen = load(desk, run_id), progress.look(desk, run_id)
    words = left_words(run, seen)
    assert (words == f"no answer since {clock(heard)}, tried again") is told, words
    assert told or words.endswith(" left")


async def test_every_screen_says_what_goes_on(workspace, desk, held, settled):
    held(State.SENDING, accepted=90)
    held(State.PLANNING, to_send=0)
    was_here(desk, LATE)
    app = SegportApp(workspace)
    news = "run 1 sending 45 %, 1 more"
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: news in painted(app))
        for key in ("2", "3", "4", "1", "n"):
            await pilot.press(key)
            await settled(pilot, lambda: news in painted(app))
        with Journal(workspace.journal_path) as journal, journal.writing() as db:
            rows.note(db, 1, accepted=100)
        await settled(pilot, lambda: "run 1 sending 50 %, 1 more" in painted(app))
        add(desk, State.NEEDS_APPROVAL, ended=rows.now())
        add(desk, State.FAILED, ended=rows.now())
        line = "50 %, 1 more | 1 waits for approval | 1 run failed  4 shows them"
        await settled(pilot, lambda: line in painted(app))
        await pilot.press("escape", "4")
        await settled(pilot, lambda: "1 run failed" not in painted(app))
        assert "1 waits for approval" in painted(app)


async def test_what_is_told_stays_as_long_as_it_takes_to_read(workspace, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settled(pilot, lambda: "No exports yet" in painted(app))
        for words, seconds in (("Saved.", 5), ("word " * 60, 20)):
            app.tell(words, app.screen)
            await settled(pilot, lambda words=words: words[:5] in painted(app))
            assert [each.timeout for each in app._notifications] == [seconds]


async def test_what_was_missed_is_told_once_and_opened_by_keys(workspace, desk, settled):
    was_here(desk)
    add(desk, State.SUCCESSFUL, ended=LATE, name="Good")
    add(desk, State.FAILED, ended=LATE, name="Bad \x1b[31m")
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "While you were away, 2 runs" in painted(app))
        assert "Bad ␛[31m" in painted(app)
        await pilot.press("enter")
        await settled(pilot, lambda: "Run 2: failed" in painted(app))
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: app.pulse is not None)
        assert "While you were away" not in painted(app)


async def test_nothing_is_said_and_nothing_painted_while_nothing_happens(workspace, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: app.pulse is not None and "No exports" in painted(app))
        assert painted(app).splitlines()[1].strip() == "0 exports"
        bar = app.screen.query_one("TitleBar")
        updates = []
        bar.update = lambda *words, **more: updates.append(words)
        app.pulse = type(app.pulse)()
        await pilot.pause()
        assert updates == []


async def test_the_lists_open_by_mouse(workspace, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "No exports yet" in painted(app))
        for mode in ("runs", "segments", "connections", "exports"):
            line = painted(app).splitlines()[0]
            await pilot.click("TitleBar", offset=(line.lower().index(mode), 0))
            await settled(pilot, lambda wanted=mode: app.current_mode == wanted)


async def test_what_comes_while_a_batch_holds_the_screen_is_shown_after_it(bench, settled):
    """Nothing but the batch's end tells the screen; behind a question it has no other message."""
    bench.ready(3)
    app = SegportApp(bench.workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "Weekly" in painted(app))
        behind = app.screen
        await pilot.press("r")
        await settled(pilot, lambda: "Run the export Weekly now?" in painted(app))
        with app.batch_update():
            app.pulse = Pulse(failed=2)
            await asyncio.sleep(0.2)
            assert behind._layout_required
        for _ in range(100):
            await asyncio.sleep(0.02)
            if not (behind._layout_required or behind._compositor._dirty_regions):
                break
        else:
            raise AssertionError("it waits for ever")
        title = behind._compositor.render_strips()[1]
        assert "2 runs failed" in title.text
