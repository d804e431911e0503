"""Attack at the terminal: nothing that others wrote acts on it, on any screen and from any command."""

from __future__ import annotations

import getpass
import json
import os
import shutil
import subprocess
import sys
import time

import pytest

from tests.conftest import Bench
from tests.tui import hostile
from tests.tui.hostile import EVIL, SHOWN, TEETH
from tests.tui.terminal import ROOT, Terminal
from tests.tui.test_cli_roles import ACTS

SIZE = (40, 120)
LONG_AGO = "2026-01-01T00:00:00.000+00:00"

# The app, and a note of every screen that was painted.
APP = """
import sys; sys.path.insert(0, sys.argv[1])
from pathlib import Path
from textual.screen import Screen
from store.workspace import find
from tui import launch
launch.prepare(__import__("os").environ)
painted, paint = open(sys.argv[3], "w", buffering=1), Screen._compositor_refresh
def noted(screen):
    paint(screen)
    print(type(screen).__name__, file=painted)
Screen._compositor_refresh = noted
launch.run_app(find(Path(sys.argv[2])))
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """The hostile house; one for all, since nothing here changes it."""
    from store import workspace as workspaces
    from store.people import looks
    from store.people.looks import Looks
    from workers.sandbox.server import running

    evil = TEETH.replace("/", "\u2215")
    with (
        pytest.MonkeyPatch.context() as patch,
        running(rate=0, account_email=f"{TEETH}owner@acme.test", account_name=EVIL) as sandbox,
    ):
        patch.setenv("SEGPORT_NO_KEYRING", "1")
        root = tmp_path_factory.mktemp("hostile") / evil
        bench = Bench(workspaces.create(root), sandbox)
        hostile.make(bench, patch)
        looks.save(bench.workspace, getpass.getuser(), Looks(here=LONG_AGO, runs=LONG_AGO))
        yield bench


# --- every screen --------------------------------------------------------------------------------

HOME = ("1", "ExportsScreen", SHOWN)
CONNECTIONS = ("2", "ConnectionsScreen", SHOWN)
SEGMENTS = ("3", "SegmentsScreen", SHOWN)
RUNS = ("4", "RunsScreen", SHOWN)
BACK = "\x1b"
# Keys, the screen that they lead to, and what must be there of what others wrote.
WAY = [
    ("", "AwayScreen", SHOWN),
    (BACK, "ExportsScreen", SHOWN),
    ("j\r", "ExportForm", "of 100,000 allowed"),
    ("l", "LimitsScreen", ""),
    (BACK, "ExportForm", ""),
    ("p", "OutlookScreen", SHOWN),
    (BACK, "ExportForm", ""),
    ("v", "ExportForm", SHOWN),
    ("\r", "Prompt", SHOWN),
    (BACK, "ExportForm", ""),
    ("\t\r", "Pick", SHOWN),
    (BACK, "ExportForm", ""),
    ("c", "CustomFieldScreen", ""),
    (BACK, "ExportForm", ""),
    (BACK, "ExportsScreen", ""),
    ("p", "PlanScreen", SHOWN),
    (BACK, "ExportsScreen", ""),
    ("r", "Confirm", SHOWN),
    (BACK, "ExportsScreen", ""),
    ("x", "TypedConfirm", SHOWN),
    (BACK, "ExportsScreen", ""),
    ("s", "ScheduleForm", SHOWN),
    (BACK, "ExportsScreen", ""),
    ("S", "RefreshForm", ""),
    (BACK, "ExportsScreen", ""),
    ("/b]", "ExportsScreen", "b]"),
    (BACK, "ExportsScreen", "2 exports"),
    CONNECTIONS,
    ("j\r", "ConnectionForm", SHOWN),
    (BACK, "ConnectionsScreen", ""),
    ("u", "NewKeyScreen", ""),
    (BACK, "ConnectionsScreen", ""),
    ("a", "ConsentScreen", SHOWN),
    (BACK, "ConnectionsScreen", ""),
    ("x", "DependentsScreen", SHOWN),
    (BACK, "ConnectionsScreen", ""),
    ("t", "ConnectionsScreen", ""),
    ("!", "ProblemScreen", SHOWN),
    (BACK, "ConnectionsScreen", ""),
    SEGMENTS,
    ("\r", "SegmentScreen", SHOWN),
    ("v", "SegmentScreen", SHOWN),
    ("jj\r", "ColumnScreen", SHOWN),
    (BACK, "SegmentScreen", ""),
    ("m", "MembersScreen", SHOWN),
    (BACK, "SegmentScreen", ""),
    (BACK, "SegmentsScreen", ""),
    RUNS,
    ("e", "Pick", SHOWN),
    (BACK, "RunsScreen", ""),
    ("G\r", "RunScreen", SHOWN),
    ("r", "RequestsScreen", ""),
    ("G\r", "RequestScreen", ""),
    ("v", "RequestScreen", SHOWN),
    (BACK, "RequestsScreen", ""),
    (BACK, "RunScreen", ""),
    ("e", "ReasonsScreen", SHOWN),
    ("\r", "RejectsScreen", SHOWN),
    ("v", "RejectsScreen", ""),
    (BACK, "ReasonsScreen", ""),
    (BACK, "RunScreen", ""),
    ("p", "KeptPlanScreen", SHOWN),
    ("E", "ExcludedScreen", ""),
    ("v", "ExcludedScreen", SHOWN),
    (BACK, "KeptPlanScreen", ""),
    (BACK, "RunScreen", ""),
    (BACK, "RunsScreen", ""),
    ("5", "OperatorsScreen", SHOWN),
    ("6", "AuditScreen", SHOWN),
    ("G\r", "DeedScreen", SHOWN),
    (BACK, "AuditScreen", ""),
    ("B", "AlertsScreen", SHOWN),
    ("e", "AlertForm", ""),
    (BACK, "AlertsScreen", ""),
    ("w", "Prompt", ""),
    ("p1@example.com\r", "WhyScreen", SHOWN),
    ("v", "WhyScreen", SHOWN),
    ("?", "HelpScreen", ""),
    (BACK, "WhyScreen", ""),
]


@pytest.mark.parametrize(
    "told",
    [TEETH[:7], "\x9b2J", "\u202e", "\u200b", "\x07", "\x08", "\x7f", "\x00", "\x85", "\x1bc", "\x1b[2J",
     "\x1b[41;1H", "\x1b[1;121H", "\x1b]52;c;aGk=\x07", "\x1b]52;c;aGk=\x1b\\", "\x1b]8;;x\x1b\\", "\x1b]2;t\x07",
     "\x1bPq\x1b\\", "\x1b[5i", "\x1b[?1049s", "\x1b[21t", "\x1b[>0q", "\x1b_x\x1b\\", "\x1b"],
    ids=ascii,
)  # fmt: skip
def test_what_is_looked_for_is_found(told):
    assert hostile.strangers(f"a{told}b".encode(), *SIZE)
    assert hostile.strangers(f"a{told}b".encode())


def test_what_textual_sends_is_let_through():
    ours = (
        "\x1b[?1049h\x1b[40;120H\x1b[1;38;2;1;2;3;48;5;7mZoë 田中 👩\x1b[0m\x1b[?2026h\r\n\x1b[>1u"
    )
    assert hostile.strangers(ours.encode(), *SIZE) == []


class Seat:
    """Somebody at the app, who sees which screen is in front and what was painted since."""

    def __init__(self, terminal, notes):
        self.terminal, self.notes = terminal, notes

    def press(self, keys, screen, shown):
        """Type, and wait until this screen has come to rest with these words on it."""
        terminal, begin = self.terminal, len(self.terminal.told)
        terminal.press(keys.encode())
        deadline = time.monotonic() + 20
        while True:
            rest = not terminal.read(0.08)
            told = " ".join(hostile.plain(terminal.told[begin:]).split())
            if rest and self.screens()[-1:] == ["Confirm"] and "without saving" in told:
                terminal.press(b"y")  # a form that thinks it was changed
            # Every key changes something; before that it has not been dealt with.
            if rest and told and self.screens()[-1:] == [screen] and shown in told:
                return
            assert terminal.process.poll() is None, told
            assert time.monotonic() < deadline, f"{keys!r}: no {shown!r} on {screen}:\n{told}"

    def screens(self):
        """The screens that were painted, the last one last."""
        return self.notes.read_text().split()


@pytest.mark.slow
def test_nothing_acts_on_the_terminal_on_any_screen(house, tmp_path):
    notes = tmp_path / "painted"
    notes.touch()
    terminal = Terminal(
        house.workspace.root, APP, SIZE, [str(notes)],
        SEGPORT_NO_KEYRING="1", ESCDELAY="10",  # so that esc is no alt of the next key
    )  # fmt: skip
    try:
        seat = Seat(terminal, notes)
        for keys, screen, shown in WAY:
            if keys == "t":  # asks the service, which is rude to us
                rude = {"action": "status", "status": 401, "message": EVIL}
                house.sandbox.set_faults(rude)
            begin = len(terminal.told)
            seat.press(keys, screen, shown)
            found = hostile.strangers(terminal.told[begin:], *SIZE)
            assert found == [], f"{screen}, after {keys!r}"
    finally:
        terminal.close()
    assert set(every_screen()) - set(seat.screens()) == set()


def every_screen():
    """The names of all screens that are not made only for others to be made of."""
    from textual.screen import Screen

    from tests.tui.test_snapshots import BASES
    from tui.registry import classes

    return {each.__name__ for each in classes() if issubclass(each, Screen)} - BASES


# --- every command -------------------------------------------------------------------------------

# Each command in one process: as a command line starts them one by one, but quicker.
COMMANDS = """
import json, sys; sys.path.insert(0, sys.argv[1])
from tui.cli import main
for words in json.load(open(sys.argv[3])):
    print("=== ", ascii(words), flush=True)
    print("--- ", main(["--workspace", sys.argv[2], *words]), flush=True)
"""
# What takes things away comes last; what serves for ever or opens the app is not here.
LAST = ("connection withdraw", "connection remove", "export remove", "operator remove", "forget")
NOT_HERE = {"schedule run"}
# What people type, and what is quoted back at them.
TYPED = [
    ["segment", "show", EVIL],
    ["segment", "show", "vip", EVIL],
    ["segment", "show", "vip", "--sample", "9", "--reveal"],
    ["segment", "rows", "vip", "--reveal"],
    ["segment", "show", f"{TEETH}segsql".replace("/", "\u2215")],
    ["segment", "show", f"{TEETH}segzz".replace("/", "\u2215")],
    ["export", "show", EVIL],
    ["export", "show", f"{TEETH}seg".replace("/", "\u2215")],
    ["export", "plan", EVIL],
    ["export", "add", EVIL, "--connection", "acme", "--segment", "vip"],
    ["export", "edit", "weekly", "--field", f"{EVIL}={EVIL}"],
    ["export", "edit", "weekly", "--guard", f"adds={EVIL}"],
    ["connection", "show", EVIL],
    ["connection", "show", f"{TEETH}seg".replace("/", "\u2215")],
    ["connection", "add", "X", "--agree", "--key-file", EVIL],
    ["connection", "edit", "acme", "--base-url", f"https://{EVIL}"],
    ["connection", "test", "acme"],
    ["run", "show", EVIL],
    ["run", "list", "--since", EVIL],
    ["run", "list", "--by", EVIL],
    ["run", "request", "1", "1", "--reveal", "--curl"],
    ["run", "rejects", "1", "--by-reason"],
    ["run", "rejects", "1", "--reveal"],
    ["run", "rejects", "1", "--csv", "-"],
    ["why", EVIL],
    ["why", "p1@example.com", "--reveal"],
    ["audit", "list", "--who", EVIL],
    ["operator", "add", EVIL, "--role", "viewer"],
    ["schedule", "set", "weekly", "--cron", EVIL],
    ["schedule", "set", "weekly", "--daily", "--at", "06:00", "--zone", EVIL],
    ["alert", "set", "--email", EVIL],
    ["retention", "set", "--logs", EVIL],
    [EVIL],
    ["--workspace", EVIL, "run", "list"],
]


def commands(key, url, tty):
    """The words of every command, as its table has them, and what people mistype."""

    def words(acts):
        told = (act.words.replace("KEY", str(key)).replace("URL", url) for act in acts)
        return [each.replace("shared", "acme").replace("#", "").split() for each in told]

    here = [act for act in ACTS if act.words not in NOT_HERE]
    first = words(act for act in here if not act.words.startswith(LAST)) + TYPED
    last = words(act for act in here if act.words.startswith(LAST))
    if not tty:  # the same, but for tables, which a file or a program gets as they are
        return [each for each in TYPED if "--csv" not in each]
    looks = words(act for act in here if act.least == "viewer" or "--reveal" in act.words)
    return [*first, *([*each, "--json"] for each in looks + TYPED if "--csv" not in each), *last]


@pytest.mark.slow
@pytest.mark.parametrize("tty", [True, False], ids=["terminal", "pipe"])
def test_nothing_acts_on_the_terminal_from_any_command(house, tmp_path, tty):
    """On a terminal with its JSON too; to a pipe the CSV alone is as it is."""
    house.sandbox.set_faults()
    root = tmp_path / house.workspace.root.name
    shutil.copytree(house.workspace.root, root)
    key = tmp_path / "key"
    key.write_text(house.sandbox.key)
    words = commands(key, house.sandbox.base_url, tty)
    (tmp_path / "words").write_text(json.dumps(words))
    told = ran(root, tmp_path / "words", tty)
    text = told.decode("utf-8", "replace")
    assert text.count("=== ") == text.count("--- ") == len(words), text[-2000:]
    assert "inside Segport" not in text
    assert "Traceback" not in text
    assert SHOWN in text
    assert hostile.strangers(told) == []


def ran(root, words, tty):
    """What a process wrote that ran all these commands."""
    if tty:
        terminal = Terminal(root, COMMANDS, SIZE, [str(words)], SEGPORT_NO_KEYRING="1")
        deadline = time.monotonic() + 60
        while terminal.process.poll() is None or terminal.read(0.05):
            assert time.monotonic() < deadline, terminal.told[-2000:]
            terminal.read(0.05)
            if terminal.told.rstrip().endswith((b"]:", b"?")):
                terminal.press(b"n\n")
        terminal.close()
        return terminal.told
    done = subprocess.run(
        [sys.executable, "-c", COMMANDS, str(ROOT), str(root), str(words)],
        env={**os.environ, "SEGPORT_NO_KEYRING": "1"}, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False,
    )  # fmt: skip
    return done.stdout
