"""A canary key and canary people go through everything that works and everything that fails.

Afterwards every file, row, output, argument, variable and screen is searched. The key may be in its
one file; people only where the README says: data, plans, ledgers, and what the service said of a
reject.
"""

from __future__ import annotations

import os
import re
import signal
import stat
import subprocess
import sys
from fnmatch import fnmatch

import pytest

from store import workspace as workspaces
from tests.conftest import Bench
from tests.faults.canary import KEY, PASSWORD, PERSON, SECRETS, TOKEN, Cage, Watch
from tests.tui.terminal import Terminal
from tests.workers.test_alerts import Hook, Mailbox
from workers.actions import runs
from workers.sandbox.server import running

# Much here is about the process itself.
pytestmark = pytest.mark.usefixtures("started_runs")

# Where people's data may lie, and the secrets.
PEOPLE = [
    "house/data/segments/*",
    "house/.segport/runs/*/plan.parquet",
    "house/.segport/runs/*/excluded.parquet",
    "house/.segport/runs/*/people.parquet",
    "house/.segport/ledger/*.parquet",
    "house/.segport/journal.db",
    "house/.segport/journal.db-wal",
    "home/rejects.csv",  # asked for
]
PARQUET = ["house/data/*", *PEOPLE[1:5]]
KEPT = {
    "house/.segport/secrets/acme.toml",
    "house/.segport/secrets/alerts.webhook.toml",
    "house/.segport/secrets/alerts.smtp.toml",
    "home/command.key",  # what the account's own key command reads
}
MASKED = [
    ["export", "show", "weekly"],
    ["export", "plan", "weekly", "--offline"],
    ["export", "preview", "weekly"],
    ["segment", "list"],
    ["segment", "show", "vip", "--sample", "5"],
    ["segment", "rows", "vip"],
    ["connection", "list"],
    ["connection", "show", "acme"],
    ["connection", "test", "acme"],
    ["run", "list"],
    ["run", "show", "2"],
    ["run", "watch", "2"],
    ["run", "requests", "2"],
    ["run", "request", "2", "1"],
    ["run", "request", "2", "1", "--curl"],
    ["run", "rejects", "2"],
    ["run", "rejects", "2", "--by-reason"],
    ["run", "excluded", "2"],
    ["alert", "list", "--all"],
    ["alert", "show"],
    ["audit", "list"],
    ["audit", "verify"],
    ["schedule", "show"],
    ["retention", "show"],
    ["doctor"],
]


@pytest.fixture
def cage(tmp_path, monkeypatch):
    monkeypatch.setenv("SEGPORT_NO_KEYRING", "1")
    with running(rate=0, account_email="owner@acme.test", keys=[KEY]) as sandbox:
        yield Cage(Bench(workspaces.create(tmp_path / "house"), sandbox), tmp_path / "home")


def address(n: int) -> str:
    return f"{PERSON}.{n}@example.com"


@pytest.mark.slow
def test_neither_key_nor_people_are_where_they_should_not_be(cage):
    hook, mailbox = Hook(), Mailbox()
    mailbox.start()
    with Watch() as watch:
        try:
            connections(cage)
            alerts(cage, hook, mailbox)
            everything_that_runs(cage)
            every_source_of_the_key(cage)
            crashes(cage)
        finally:
            hook.stop()
            mailbox.stop()
    watched = watch.with_secret()
    # These got it from the account itself, in a variable and in an address; no child of theirs has it.
    assert [each.split("house ")[1].split(" --")[0] for each in watched] == [
        "connection add Acme", "export run weekly",
    ]  # fmt: skip
    told = hook.posts, [letter.as_string() for letter in mailbox.letters]
    assert hook.posts
    assert mailbox.letters
    search(cage)
    assert KEY not in repr(told)
    assert PERSON not in repr(told)


def connections(cage) -> None:
    """Refused, not trusted, a wrong key that is quoted back, and one that works."""
    url = cage.bench.sandbox.base_url
    add = (
        "connection",
        "add",
        "Acme",
        "--agree",
        "--rate",
        "2000",
        "--key-file",
        "-",
        "--base-url",
    )
    cage.segport(*add, "https://127.0.0.1:1", typed=KEY, code=1)
    cage.segport(*add, url.replace("http:", "https:"), typed=KEY, code=1)
    cage.segport(*add, f"http://{KEY}@127.0.0.1:1", typed=KEY, code=2)
    cage.segport(*add, url, typed=f"{KEY} {KEY}", code=1)
    quoting = {"action": "status", "status": 401, "message": f"The key {KEY} is not known."}
    cage.bench.sandbox.set_faults(quoting)
    cage.segport(*add, url, typed=KEY, code=1)
    cage.bench.sandbox.set_faults({**quoting, "action": "redirect", "location": f"/{KEY}"})
    cage.segport(*add, url, typed=KEY, code=1)
    cage.bench.sandbox.set_faults()
    cage.segport(*add, url, typed=KEY)
    cage.segport("connection", "key", "acme", "--key-file", "-", typed=KEY)


def alerts(cage, hook, mailbox) -> None:
    """All three ways, each with its secret; the command is the account's own."""
    config = cage.home / ".config/segport/config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(
        'alert_command = ["sh", "-c", "cat >> $HOME/alert.txt; env >> $HOME/alert.txt"]\n'
    )
    cage.segport("alert", "set", "--on", "failed", "--on", "rejects", "--on", "guard",
                 "--webhook", f"http://127.0.0.1:{hook.port}/{{secret}}", "--token-file", "-",
                 typed=TOKEN)  # fmt: skip
    cage.segport("alert", "set", "--email", "ops@acme.test", "--from", "segport@acme.test",
                 "--server", f"127.0.0.1:{mailbox.port}", "--security", "none",
                 "--user", "segport", "--password-file", "-", typed=PASSWORD)  # fmt: skip
    cage.segport("alert", "test", code=None)


def everything_that_runs(cage) -> None:
    """Through, rejected, refused altogether, redirected, unknown, killed, canceled, resumed."""
    bench, sandbox = cage.bench, cage.bench.sandbox
    rows = [{"email": address(n), "name": f"{PERSON} {n}"} for n in range(150)]
    bench.csv("vip", [*rows, {"email": f"{PERSON} has no address", "name": "x"}])
    cage.segport("export", "add", "Weekly", "--connection", "Acme", "--segment", "vip", "--field",
                 "Email=email", "--field", "FirstName=name", "--guard", "excluded_percent=off")  # fmt: skip
    cage.segport("export", "plan", "weekly")
    cage.segport("export", "plan", "weekly", "--json")
    cage.segport("export", "run", "weekly")
    words = f"Invalid email address {address(3)} for key {KEY}."
    sandbox.set_faults({"action": "poison", "pattern": r"\.(3|7)@", "message": words})
    cage.segport("export", "run", "weekly", "--full", code=3)
    cage.segport("run", "rejects", "2", "--csv", str(cage.home / "rejects.csv"))
    cage.several(*MASKED, *([*each, "--json"] for each in MASKED))
    sandbox.set_faults({"action": "poison", "message": words, "pattern": "."})
    cage.segport("export", "run", "weekly", "--full", code=1)
    elsewhere = {"action": "redirect", "location": f"http://127.0.0.1:1/{address(5)}/{KEY}"}
    sandbox.set_faults({**elsewhere, "match": "POST *"})
    cage.segport("export", "run", "weekly", "--full", code=1)
    sandbox.set_faults({"action": "close", "work": "all", "match": "POST *", "times": 2})
    cage.segport("export", "run", "weekly", "--full")
    sandbox.set_faults({"action": "status", "status": 503, "body": f"{KEY} {address(1)}",
                        "match": "POST *", "times": 2})  # fmt: skip
    cage.segport("export", "run", "weekly", "--full")
    sandbox.set_faults()
    cage.segport("export", "run", "weekly", "--full", code=1, SEGPORT_SEAM="after-receive:1")
    last = runs.history(bench.desk, limit=1)[0].id
    cage.segport("run", "resume", str(last))
    sandbox.set_faults({"action": "delay", "seconds": 1, "match": "POST *"})
    cage.segport("export", "run", "weekly", "--full", "--detach")
    bench.until(lambda: bench.load(last + 1).state == "sending")
    cage.segport("run", "cancel", str(last + 1))
    bench.until(lambda: not bench.is_alive(last + 1))
    sandbox.set_faults()
    cage.segport("run", "resume", str(last + 1), code=None)


def every_source_of_the_key(cage) -> None:
    """By a command of this account, by a variable, and by none at all."""
    kept = cage.bench.workspace.secrets_folder / "acme.toml"
    text = kept.read_bytes()
    kept.unlink()
    cage.segport("export", "run", "weekly", "--full", SEGPORT_KEY_ACME=KEY)
    cage.segport("export", "run", "weekly", code=1)
    config = cage.home / ".config/segport/config.toml"
    (cage.home / "command.key").write_text(KEY)
    config.write_text(
        f'{config.read_text()}\n[key_commands]\nacme = ["cat", "{cage.home}/command.key"]\n'
    )
    cage.segport("export", "run", "weekly", "--full")
    config.write_text(config.read_text().replace('"cat", ', '"cat", "/nowhere", '))
    cage.segport("export", "run", "weekly", code=1)
    config.write_text(config.read_text().partition("[key_commands]")[0])
    kept.write_bytes(text)
    kept.chmod(0o600)


CRASH = f"""
import sys
from workers.actions import connecting
def test(desk, slug):
    key, people = open("command.key").read(), ["{address(9)}"]
    raise RuntimeError(f"{{key}} {{people}}")
connecting.test = test
from tui.cli import main
sys.exit(main(["--workspace", sys.argv[1], "connection", "test", "acme"]))
"""
APP = """
import sys; sys.path.insert(0, sys.argv[1])
from pathlib import Path
from store.workspace import find
from tui import launch
def crash(*_):
    key, people = Path(sys.argv[3]).read_text(), ["zq7canary.9@example.com"]
    raise RuntimeError(f"{key} {people}")
if sys.argv[3] != "-":
    from workers.actions import connecting
    connecting.test = crash
    launch.prepare(__import__("os").environ)
    from tui.screens import segments
    segments.SegmentsScreen.show_rows = crash
launch.run_app(find(Path(sys.argv[2])))
"""


def crashes(cage) -> None:
    """A command, the app in a thread and altogether, a run that dies and one that goes wrong."""
    bench = cage.bench
    cage.python("-c", CRASH, str(bench.workspace.root), code=1)
    typed_into_the_app(cage)
    app = in_the_app(
        cage, [b"2", b"t", b"!"], [b"Connections", b"mistake of its own", b"RuntimeError"],
        str(cage.home / "command.key"),
    )  # fmt: skip
    app.press(b"\x1b")
    app.quiet(0.3)
    app.press(b"3")
    assert app.process.wait(20) == 1
    app.read(0.5)
    assert b"mistake of its own" in app.told
    cage.said.append(("the app that crashes", app.told))
    app.close()
    run_id = bench.start()
    bench.until(lambda: bench.process(run_id))
    os.kill(bench.process(run_id), signal.SIGSEGV)
    bench.until(lambda: not bench.is_alive(run_id))
    with bench.desk.journal() as journal, journal.writing() as db:
        db.execute("alter table reject rename to lost")
    run_id = bench.start(full=True)
    bench.until(lambda: not bench.is_alive(run_id))
    with bench.desk.journal() as journal, journal.writing() as db:
        db.execute("alter table lost rename to reject")
    assert bench.load(run_id).state in {"failed", "interrupted"}


def in_the_app(cage, keys, words, key_file):
    app = Terminal(
        cage.bench.workspace.root, APP, (40, 120), [key_file],
        **{name: cage.environ[name] for name in ("HOME", "TMPDIR", "SEGPORT_NO_KEYRING")},
    )  # fmt: skip
    assert b"Exports" in app.read(20, until=b"Exports")
    app.quiet(0.2)
    for key, told in zip(keys, words, strict=True):
        app.press(key)
        assert told in app.read(20, until=told), (key, app.told[-3000:])
        app.quiet(0.2)
    return app


def typed_into_the_app(cage) -> None:
    """A new connection, whose key is typed and tried."""
    app = in_the_app(cage, [b"2", b"n"], [b"Connections", b"API key"], "-")
    app.press(b"Other\t\t" + KEY.encode())
    dots = "••••••".encode()
    assert dots in app.read(20, until=dots)
    app.quiet(0.2)
    assert KEY[:6].encode() not in app.told
    app.press(b"\x1b")
    app.quiet(0.2)
    cage.said.append(("the app that a key is typed into", app.told))
    app.close()


def search(cage) -> None:
    """The end: everything that was kept and said."""
    bench, home = cage.bench, cage.home
    for secret in SECRETS:
        assert cage.leaks(secret, KEPT) == set(), secret
    for path in KEPT:
        assert stat.S_IMODE((bench.workspace.root.parent / path).stat().st_mode) & 0o077 == 0 or (
            path == "home/command.key"
        )
    for what, told in cage.said:
        for secret in SECRETS:
            assert secret not in told, what
        # Nothing was asked for in clear, but for a file.
        assert PERSON.encode() not in told, (what, told.decode())
    found = cage.leaks(PERSON.encode(), set())
    assert {path for path in found if not any(fnmatch(path, each) for each in PEOPLE)} == set()
    assert cage.rows_with(PERSON, bench.workspace.log_path) == set()
    assert cage.rows_with(PERSON, bench.workspace.journal_path) <= {"reject", "request"}
    for folder in (bench.workspace.root, home):
        for path in folder.rglob("*.parquet"):
            name = f"{folder.name}/{path.relative_to(folder)}"
            assert any(fnmatch(name, each) for each in PARQUET), f"left over: {name}"
        left = [
            path for path in folder.rglob("*") if re.match(r"core|spill-|\..*\.tmp$", path.name)
        ]
        assert left == []
    reports = list(bench.workspace.state.glob("crash-*.txt"))
    assert len(reports) >= 2
    assert all("RuntimeError" in report.read_text() for report in reports)


async def test_no_picture_of_a_screen_holds_the_key(bench):
    """Textual can make a picture of any screen, also of one that a key is just typed into."""
    from tests.tui.conftest import settled
    from tui.app import SegportApp

    bench.ready(5)
    app = SegportApp(bench.workspace)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("2")
        await settled(pilot, lambda: "Acme" in app.export_screenshot())
        pictures = [app.export_screenshot()]
        await pilot.press("u")
        await pilot.press(*KEY)
        await pilot.pause(0.1)
        pictures.append(app.export_screenshot())
        assert "•••••" in pictures[-1]
        app.action_screenshot()
    for picture in pictures:
        assert bench.sandbox.key not in picture
        assert KEY not in picture
    assert not list(bench.workspace.root.rglob("*.svg"))


def test_it_is_found_where_it_is(cage):
    """The search itself: a key in a file, in a row, in an argument."""
    (cage.home / "note").write_text(f"x{KEY}x")
    assert cage.leaks(KEY.encode(), KEPT) == {"home/note"}
    with Watch() as watch:
        subprocess.run([sys.executable, "-c", "import time; time.sleep(0.3)", KEY], check=True)
    assert len(watch.with_secret()) == 1
