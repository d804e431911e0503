"""Every screen as it is painted, at 80x24 and at 120x40.

The workspace is a real one, with a real run over the simulator; what would differ from one time to
the next (clock, zone, account, durations, ids, the cursor's blinking) is held still. When a screen
was changed on purpose: `python -m pytest tests/tui/test_snapshots.py --snapshot-update`, and look at
what changed with git.
"""

from __future__ import annotations

import datetime as dt
import importlib
import itertools
import os
import pkgutil
import shutil
import sqlite3
import sys
import time
import types
import uuid
from contextlib import closing

import pytest
from textual.widgets import Input

from tests.tui.painted import painted

NOW = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)
SIZES = [(80, 24), (120, 40)]
REAL = dt.datetime


class _Any(type):
    """A stopped datetime takes every real one for its own."""

    def __instancecheck__(cls, value):
        return isinstance(value, REAL)


class Stopped(REAL, metaclass=_Any):
    @classmethod
    def now(cls, tz=None):
        return NOW.astimezone(tz) if tz else NOW.replace(tzinfo=None)


def at(text: str) -> str:
    """A time of the day before, as the journal writes it."""
    return f"2026-11-23T{text}.000+00:00"


@pytest.fixture(scope="module")
def still():
    """The clock stands, the zone is UTC, and the account is Ann's."""
    from store.journal import clock
    from store.people import operators

    for floor in ("store", "workers", "tui"):
        for found in pkgutil.walk_packages(importlib.import_module(floor).__path__, f"{floor}."):
            if not found.name.endswith("__main__"):
                importlib.import_module(found.name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "UTC")
        patch.setenv("SEGPORT_NO_KEYRING", "1")
        patch.delenv("NO_COLOR", raising=False)
        time.tzset()
        written, real_now = NOW.isoformat(timespec="milliseconds"), clock.now
        for name, module in list(sys.modules.items()):
            floor = name.partition(".")[0]
            if floor in {"store", "workers", "tui"}:
                # The store's own types are read by their real names.
                if floor != "store" and getattr(module, "datetime", None) is REAL:
                    patch.setattr(module, "datetime", Stopped)
                if getattr(module, "now", None) is real_now:
                    patch.setattr(module, "now", lambda: written)
        numbers = itertools.count(1)
        still_uuid = types.SimpleNamespace(uuid4=lambda: uuid.UUID(int=next(numbers)))
        patch.setattr("workers.sandbox.store.uuid", still_uuid)
        patch.setattr(operators, "_account", lambda: operators.Identity("ann"))
        yield patch
    time.tzset()


@pytest.fixture(scope="module")
def house(still, tmp_path_factory):
    """A workspace like that of a small company, in which some runs have been."""
    from store import workspace as workspaces
    from workers.sandbox.server import running

    # Rejects are put into the journal afterwards: found by halves, their requests differ each time.
    with running(
        rate=0, invalid_email="accepted", account_email="marketing@example.com"
    ) as sandbox:
        workspace = workspaces.create(tmp_path_factory.mktemp("house") / "acme")
        settings = workspace.settings_path.read_text(encoding="utf-8")
        for role, name in (("administrators", "ann"), ("contributors", "bob")):
            settings = settings.replace(f"{role} = []", f'{role} = ["{name}"]')
        workspace.settings_path.write_text(settings, encoding="utf-8")
        _segments(workspace)
        _setup(workspace, sandbox)
        _history(workspace)
        yield workspace


@pytest.fixture(scope="module")
def quiet(house, tmp_path_factory):
    """A copy of it for screens that show where the service is, whose port is another each time."""
    from store.connections import load
    from store.workspace import open_workspace

    copy = tmp_path_factory.mktemp("quiet") / "acme"
    shutil.copytree(house.root, copy)
    origin = load(house, "acme-marketing").value.base_url.removesuffix("/v1")
    here = "http://127.0.0.1:8765"
    for kept in (*copy.glob("connections/*.toml"), *copy.glob(".segport/secrets/*.toml")):
        kept.write_text(kept.read_text("utf-8").replace(origin, here), "utf-8")
    with closing(sqlite3.connect(copy / ".segport" / "journal.db")) as journal, journal:
        journal.execute("update run set frozen = replace(frozen, ?, ?)", (origin, here))
    return open_workspace(copy)


def _segments(workspace) -> None:
    people = [
        ("1", "ann@example.com", "Ann", "Berlin", "3"),
        ("2", "bo@example.com", "Bo", "", "5"),
        ("3", "a@b", "张伟 [b]", "Hong Kong", "1"),
        ("4", "no address", "Dee", "Kiel", ""),
        ("5", "ANN@example.com", "Ann", "Berlin", "4"),
    ]
    lines = ["id,email,first_name,city,stars", *(",".join(row) for row in people)]
    vip = ["id,email,first_name,stars", *(f"{n},vip{n}@example.com,V{n},5" for n in range(40))]
    for name, text in {"Newsletter": lines, "VIP": vip}.items():
        path = workspace.segments_folder / f"{name}.csv"
        path.write_text("\n".join(text) + "\n", encoding="utf-8")
        os.utime(path, (NOW.timestamp() - 3600, NOW.timestamp() - 3600))


def _setup(workspace, sandbox) -> None:
    from store.connections import Connection
    from store.exports import CustomField, Export, Guards, SegmentChoice
    from store.keys.secrets import Key
    from workers.actions import connections, exports
    from workers.actions.desk import sit_down

    desk = sit_down(workspace, "app")
    draft = Connection(name="Acme marketing", base_url=sandbox.base_url, rate=20)
    connections.add(desk, draft, Key(sandbox.key), agreed=True, account="marketing@example.com")
    fields = {"Email": "email", "FirstName": "first_name"}
    exports.add(
        desk,
        Export(
            id="a" * 16, name="Weekly news", connection="acme-marketing", fields=fields,
            segments=[SegmentChoice("Newsletter"), SegmentChoice("VIP", "Best customers")],
            custom_fields={"Stars": CustomField("stars", "integer")},
            guards=Guards(excluded_percent=50, adds=100),
        ),
    )  # fmt: skip
    exports.add(
        desk,
        Export(
            id="b" * 16, name="VIP", connection="acme-marketing", fields=fields,
            segments=[SegmentChoice("VIP")],
        ),
    )  # fmt: skip


def _history(workspace) -> None:
    """One real run, and others as rows; all times are of the day before."""
    from store.journal import runs as rows
    from store.journal.runs import State
    from workers.actions import runs
    from workers.actions.desk import sit_down

    desk = sit_down(workspace, "command line")
    first = runs.start(desk, "weekly-news")
    deadline = time.monotonic() + 30
    while runs.load(desk, first).active:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    run = runs.load(desk, first)
    others = [
        (State.FAILED, "09:00:00", "the service did not answer for 10 minutes"),
        (State.INTERRUPTED, "10:00:00", "its process is gone"),
        (State.NEEDS_APPROVAL, "11:00:00", "102 contacts would be added, more than 100"),
    ]
    with desk.journal() as journal, journal.writing() as db:
        rows.note(db, first, asked_at=at("08:00:00"), began_at=at("08:00:02"),
                  ended_at=at("08:00:07"), state=State.WITH_REJECTS, accepted=42,
                  rejected=1)  # fmt: skip
        db.execute(
            "insert into reject (run_id, n, request_no, status, reason, words) values (?,?,?,?,?,?)",
            (first, 3, 1, 400, "refused as invalid", "Invalid email address provided."),
        )
        for state, clock, cause in others:
            made = rows.ask(
                db, frozen=run.frozen, export_slug="weekly-news", operator="bob",
                connection_slug="acme-marketing", started_by="schedule", options=run.options,
            )  # fmt: skip
            rows.note(db, made, state=state, cause=cause, asked_at=at(clock),
                      began_at=at(clock), ended_at=at(clock.replace(":00:00", ":03:20")),
                      to_send=42, accepted=20, requests_planned=2, requests_sent=1)  # fmt: skip
        # When that one run ended, and what it planned, is not still. Nobody verifies this record.
        db.execute("drop trigger audit_is_not_changed")
        db.execute("update audit set at = ?, detail = '' where via = 'run'", (at("08:00:07"),))
        db.execute("update stage set at = printf('2026-11-23T08:00:%02d.000+00:00', no)")
        db.execute("update request set ms = 42.0, sent_at = ?", (at("08:00:03"),))
        db.execute("update reached set at = ?", (at("08:00:03"),))
    log = desk.log()
    log._connection.execute("update line set at = ?", (at("08:00:03"),))
    log.close()


class Way:
    """How a screen is reached: keys, each followed by what must then be on screen."""

    def __init__(self, *steps: tuple[str, str]) -> None:
        self.steps = steps
        self.arrived_at = ""

    async def __call__(self, pilot) -> None:
        for keys, words in self.steps:
            await pilot.press(*keys.split())
            # The clock of the tests stands; this one does not.
            deadline = time.monotonic() + 60
            while words not in painted(pilot.app) or pilot.app.pulse is None:
                assert time.monotonic() < deadline, (
                    f"never came: {words}\n{painted(pilot.app)}\n{pilot.app._problem}"
                )
                assert pilot.app._exception is None, repr(pilot.app._exception)
                await pilot.pause(0.02)
        for box in pilot.app.screen.query(Input):
            box.cursor_blink = False
            box._cursor_visible = True
        pilot.app.clear_notifications()
        await pilot.pause(0.1)
        self.arrived_at = type(pilot.app.screen).__name__


HOME = ("1", "Weekly news")
FORM = (HOME, ("j enter", "Now: add"))
CONNECTIONS = ("2", "agreed")
SEGMENTS = ("3", "  40  ")
SEGMENT = (SEGMENTS, ("enter", "first_name"))
RUNS = ("4", "needs approval")
RUN = (RUNS, ("G enter", "Run 1: completed"))
WHY = "w " + " ".join({"@": "at", ".": "full_stop"}.get(each, each) for each in "ann@example.com")
WAYS = {
    "ExportsScreen": Way(HOME),
    "ExportsScreen sorted, marked": Way(HOME, ("o space", "1 marked")),
    "ExportForm": Way(*FORM),
    "CustomFieldScreen": Way(*FORM, ("tab c", "A custom field")),
    "LimitsScreen": Way(*FORM, ("l", "Excluded rows")),
    "OutlookScreen": Way(*FORM, ("p", "First contact")),
    "PlanScreen": Way(HOME, ("j p", "Nothing to send")),
    "Confirm": Way(HOME, ("j r", "Run the export")),
    "TypedConfirm": Way(HOME, ("x", "Type ")),
    "ScheduleForm": Way(HOME, ("s", "Save")),
    "RefreshForm": Way(HOME, ("S", "Save")),
    "ConnectionForm": Way(CONNECTIONS, ("n", "Autopilot")),
    "SegmentsScreen": Way(SEGMENTS),
    "SegmentScreen": Way(*SEGMENT),
    "ColumnScreen": Way(*SEGMENT, ("enter", "esc closes")),
    "MembersScreen": Way(*SEGMENT, ("m", "run")),
    "RunsScreen": Way(RUNS),
    "RunScreen": Way(*RUN),
    "ReasonsScreen": Way(*RUN, ("e", "1 reason")),
    "RejectsScreen": Way(*RUN, ("e", "1 reason"), ("enter", "rejected contact")),
    "RequestsScreen": Way(*RUN, ("r", "1 request")),
    "KeptPlanScreen": Way(*RUN, ("p", "rows read")),
    "ExcludedScreen": Way(*RUN, ("E", "excluded row")),
    "OperatorsScreen": Way(("5", "bob")),
    "AuditScreen": Way(("6", "run started")),
    "DeedScreen": Way(("6", "run waits"), ("enter", "esc closes")),
    "AlertsScreen": Way(("B", "alert")),
    "AlertForm": Way(("B", "alert"), ("e", "Told when")),
    "Prompt": Way(HOME, ("w", "Type an address")),
    "WhyScreen": Way(HOME, (f"{WHY} enter", "Acknowledged")),
    "HelpScreen": Way(HOME, ("question_mark", "esc closes")),
    "Palette": Way(HOME, ("ctrl+p", "Search for commands")),
    "Pick": Way(HOME, ("ctrl+t", "light-16")),
}
# These show the address of the service.
QUIET_WAYS = {
    "ConnectionsScreen": Way(CONNECTIONS),
    "ConsentScreen": Way(CONNECTIONS, ("a", "ann agreed on")),
    "DependentsScreen": Way(CONNECTIONS, ("x", "2 exports use Acme")),
    "NewKeyScreen": Way(CONNECTIONS, ("u", "A new API key")),
    "RequestScreen": Way(*RUN, ("r", "1 request"), ("enter", "POST http")),
}
# Made of others: what they are made of is in the pictures of those that come from them.
BASES = {
    "Asking",
    "Dialog",
    "Form",
    "Listing",
    "Modal",
    "Page",
    "Paged",
    "Painted",
    "PeopleOfRun",
    "Revealing",
    "RunActs",
    "RunLog",
    "TimingForm",
    "TypedAhead",
}


@pytest.fixture
def app(house):
    return opened(house)


def opened(workspace):
    from store.people import looks
    from store.people.looks import Looks
    from tui.app import SegportApp

    here = NOW.isoformat(timespec="milliseconds")
    looks.save(workspace, "ann", Looks(here=here, runs=here))
    made = SegportApp(workspace)
    made.animation_level = "none"
    return made


@pytest.mark.sampled(2)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", WAYS)
def test_screen(app, snap_compare, name, size):
    assert snap_compare(app, terminal_size=size, run_before=WAYS[name])
    assert WAYS[name].arrived_at == name.split()[0]


@pytest.mark.sampled(2)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", QUIET_WAYS)
def test_screen_that_shows_an_address(quiet, snap_compare, name, size):
    way = QUIET_WAYS[name]
    assert snap_compare(opened(quiet), terminal_size=size, run_before=way)
    assert way.arrived_at == name


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_while_you_were_away(app, house, snap_compare, size):
    from store.people import looks
    from store.people.looks import Looks

    looks.save(house, "ann", Looks(here=at("07:00:00"), runs=at("07:00:00")))
    way = Way(("", "While you were away"))
    assert snap_compare(app, terminal_size=size, run_before=way)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_a_problem(app, house, snap_compare, size):
    from tui.problems import Problem
    from tui.screens.problem import ProblemScreen

    details = "Kind           Busy\nScreen         ExportsScreen\nLog of runs    .segport/log.db"
    problem = Problem("bob runs this export already.", "`segport run watch 4` shows it.", details)

    async def show(pilot):
        await Way(HOME)(pilot)
        pilot.app.push_screen(ProblemScreen(problem))
        await Way(("", "y copies all"))(pilot)

    assert snap_compare(app, terminal_size=size, run_before=show)


# Without segments: where they belong is told by its path, which is another each time.
@pytest.mark.parametrize("name", ["exports", "connections", "runs"])
def test_nothing_there_yet(still, tmp_path, snap_compare, name):
    from store.workspace import create
    from tui.app import SegportApp

    app = SegportApp(create(tmp_path / "acme"))
    app.animation_level = "none"
    key = {"exports": "1", "connections": "2", "runs": "4"}[name]
    assert snap_compare(app, run_before=Way((key, f"No {name} yet")))


def test_too_small(app, snap_compare):
    assert snap_compare(app, terminal_size=(50, 12), run_before=Way(("", "too small")))


def test_every_screen_has_its_picture():
    from textual.screen import Screen

    from tui.registry import classes

    screens = {each.__name__ for each in classes() if issubclass(each, Screen)}
    pictured = {name.split()[0] for name in (*WAYS, *QUIET_WAYS)} | {"AwayScreen", "ProblemScreen"}
    assert screens - BASES == pictured - {"Palette"}
