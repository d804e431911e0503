"""Alerts on the screen, in the status line, and by command."""

from __future__ import annotations

import json
import socket
import subprocess

import pytest

from store.alerts import Kind
from store.journal import alerts as journal_alerts
from store.journal import clock, occurrences
from tests import commands
from tests.tui.painted import strips
from tui.app import SegportApp
from workers.actions.desk import sit_down


@pytest.fixture
def desk(workspace, monkeypatch):
    monkeypatch.setenv("SEGPORT_NO_KEYRING", "1")
    return sit_down(workspace, "app")


@pytest.fixture
def alerted(desk):
    """One alert that is open, and one that is over."""
    now = clock.now()
    with desk.journal() as journal, journal.writing() as db:
        for slug, kind, text in (
            ("old", Kind.SLOW, "Run 3 took 9 min."),
            ("weekly", Kind.NOT_STARTED, "It was due and did not start: there is no key"),
        ):
            of = journal_alerts.Subject(slug, slug, slug.capitalize())
            journal_alerts.open_one(db, of, kind, text, [], now=now)
        journal_alerts.close_one(db, "old", Kind.SLOW, [], now=now)
    return desk


class Shell:
    def __init__(self, workspace) -> None:
        self.folder = workspace.root

    def __call__(self, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
        done = commands.segport("-w", str(self.folder), "alert", *arguments, typed=given)
        assert "Traceback" not in done.stderr
        return done

    def told(self, *arguments: str, given: str = ""):
        done = self(*arguments, "--json", given=given)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)


@pytest.fixture
def shell(workspace) -> Shell:
    return Shell(workspace)


def painted(app) -> str:
    return "\n".join(strip.text.rstrip() for strip in strips(app))


async def test_alerts_are_seen_at_once_and_listed_by_a_key(workspace, alerted, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(100, 24)) as pilot:
        await settled(pilot, lambda: "1 alert  B shows it" in painted(app))
        await pilot.press("B")
        await settled(pilot, lambda: "2 alerts, 1 open" in painted(app))
        # Where they are counted already, the status line does not count them once more.
        await settled(pilot, lambda: "1 alert" not in painted(app))
        lines = painted(app).splitlines()
        (weekly,) = [n for n, line in enumerate(lines) if "Weekly" in line]
        (old,) = [n for n, line in enumerate(lines) if "Old" in line]
        assert weekly < old
        assert "did not start" in lines[weekly]
        assert "open" in lines[weekly]
        await pilot.press("t")
        await settled(
            pilot, lambda: any("No way of telling" in n.message for n in app._notifications)
        )
        await pilot.press("escape")
        await settled(pilot, lambda: "No exports yet" in painted(app))


async def test_what_is_over_is_not_offered_to_be_acknowledged(workspace, alerted, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(100, 24)) as pilot:
        await settled(pilot, lambda: "1 alert  B shows it" in painted(app))
        await pilot.press("B")
        await settled(pilot, lambda: "a Acknowledge" in painted(app))
        await pilot.press("a")
        await settled(pilot, lambda: "2 alerts, none open" in painted(app))
        await settled(pilot, lambda: "a Acknowledge" not in painted(app))


async def test_nothing_the_matter_is_said(workspace, desk, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "No exports yet" in painted(app))
        await pilot.press("B")
        await settled(pilot, lambda: "Nothing is the matter." in painted(app))


async def test_the_status_line_says_that_no_scheduler_is_there(workspace, desk, settled):
    from datetime import UTC, datetime

    now = datetime.now(UTC)
    with desk.journal() as journal, journal.writing() as db:
        occurrences.keep_mark(db, occurrences.Mark("x", "weekly", "{}", now), None)
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "no scheduler" in painted(app))
        with desk.journal() as journal, journal.writing() as db:
            occurrences.keep_look(db, "due", 1, now, now)
        await settled(pilot, lambda: "no scheduler" not in painted(app))


def test_alerts_by_command(shell, alerted):
    assert [each["kind"] for each in shell.told("list")] == ["did not start"]
    assert len(shell.told("list", "--all")) == 2
    assert "Old" not in shell("list").stdout
    # By its name, as everywhere; and by that it is taken as known.
    assert "Weekly: It was due and did not start" in shell("list").stdout
    assert [each["kind"] for each in shell.told("acknowledge", "Weekly")] == ["did not start"]
    assert shell.told("list") == []


def test_who_is_told_is_set_shown_and_tried_out(shell, desk):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert shell("test").returncode == 2
    email = ("--email", "ops@example.com", "--from", "segport@example.com")
    shell.told("set", *email, "--server", f"127.0.0.1:{port}", "--security", "none")
    shell.told("set", "--user", "segport", "--password-file", "-", given="secret-of-the-mail\n")
    shell.told("set", "--on", "failed", "--on", "nothing to send", "--rejects-percent", "0")
    shown = shell.told("show")
    assert shown["alerts"]["on"] == ["failed", "nothing to send"]
    assert shown["alerts"]["rejects_percent"] == 0
    assert shown["alerts"]["email"]["user"] == "segport"
    (mail,) = [way for way in shown["ways"] if way["name"] == "email"]
    assert mail["secret"].startswith("file .segport/secrets/alerts.smtp.toml")
    assert "secret-of-the-mail" not in json.dumps(shown)
    assert "secret-of-the-mail" not in desk.workspace.settings_path.read_text()
    # A mail server may want no login any more, or a missing file be meant for a password.
    assert shell.told("set", "--user", "")["alerts"]["email"].get("user") is None
    refused = shell("set", "--password-file", "/nowhere/mail.password")
    assert refused.returncode == 2
    assert "give the password on standard input with --password-file -." in refused.stderr
    done = shell("test")
    assert done.returncode == 1
    assert f"The mail server 127.0.0.1:{port} cannot be reached" in done.stdout
    tried = "Try it out: segport alert test"
    assert tried in shell("set", "--no-email", "--webhook", f"http://127.0.0.1:{port}/x").stdout
    assert shell("test", "webhook").returncode == 1
    assert "email" not in shell.told("show")["alerts"]
    # With the last way gone there is nothing to try.
    done = shell("set", "--no-webhook")
    assert done.stdout.startswith("Saved. No way to tell is set up:")
    assert tried not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--on", "panic"], "There is no alert panic. There are: failed, guard,"),
        (["--rejects-percent", "101"], "Rejects percent is no share. Give a number from 0"),
        (["--rejects-percent", "-5"], "Give a number from 0 to 100"),
        (["--rejects-percent", "nan"], "Give a number from 0 to 100"),
        (["--rejects-percent", "abc"], "'abc' is not a number."),
        (["--slow-factor", "1"], "Give a number above 1"),
        (["--email", "ops", "--from", "a@b.c", "--server", "x"], '"ops" is no email address'),
        (["--email", "a@b.c"], "From is missing: mail needs a sender. Give --from"),
        (["--email", "a@b.c", "--from", "a@b.c", "--server", "far", "--security", "none"],
         "mail goes to a server on this machine only"),
        (["--webhook", "http://hooks.example.com/"], "The webhook's address is not HTTPS"),
        (["--password-file", "-", "--token-file", "-"], "Only one secret"),
        (["--token-file", "-"], "A token belongs to a webhook."),
    ],
)  # fmt: skip
def test_what_could_not_work_is_refused_in_a_sentence(shell, desk, arguments, told):
    before = desk.workspace.settings_path.read_text()
    done = shell("set", *arguments, given="secret\n")
    assert (done.returncode, told in done.stderr) == (2, True), done.stderr
    assert desk.workspace.settings_path.read_text() == before


@pytest.mark.slow
async def test_who_is_told_is_set_and_tried_out_on_a_form(workspace, desk, burst, settled):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "No exports yet" in painted(app))
        await pilot.press("B")
        await settled(pilot, lambda: "Nothing is the matter." in painted(app))
        await pilot.press("e")
        await settled(pilot, lambda: "[x] a run failed" in painted(app))
        # An address, whom it is from, the server; without encryption, to this machine.
        burst(app, *"ops@example.com", "tab", *"segport@example.com", "tab")
        burst(app, *f"127.0.0.1:{port}", "tab", "enter", "down", "down", "enter")
        burst(app, "tab", *"segport", "tab", *"secret-of-the-mail")
        await settled(pilot, lambda: "•" * len("secret-of-the-mail") in painted(app))
        assert "secret-of-the-mail" not in painted(app)
        # Back to the kinds: failed is told no longer.
        burst(app, *["shift+tab"] * 6, *["shift+tab"] * 7, "space")
        await settled(pilot, lambda: "[ ] a run failed" in painted(app))
        burst(app, *["tab"] * 17, "enter")
        await settled(pilot, lambda: "not saved yet" in painted(app))
        await pilot.press("shift+tab", "enter")
        await settled(pilot, lambda: "Saved. Test sends a test" in painted(app))
        kept = workspace.settings_path.read_text()
        assert 'to = ["ops@example.com"]' in kept.replace("'", '"')
        assert f"port = {port}" in kept
        assert 'security = "none"' in kept
        assert "secret-of-the-mail" not in kept
        assert '"failed"' not in kept
        await pilot.press("tab", "enter")
        await settled(pilot, lambda: f"The mail server 127.0.0.1:{port} cannot be reached" in
                      " ".join(painted(app).split()))  # fmt: skip
        await pilot.press("escape")
        await settled(pilot, lambda: "Nothing is the matter." in painted(app))


async def test_the_form_is_for_administrators(workspace, desk, settled):
    import getpass

    settings = workspace.settings_path
    me = getpass.getuser()
    settings.write_text(
        settings.read_text()
        .replace("administrators = []", 'administrators = ["chief"]')
        .replace("viewers = []", f'viewers = ["{me}"]')
    )
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "No exports yet" in painted(app))
        await pilot.press("B")
        await settled(pilot, lambda: "Nothing is the matter." in painted(app))
        await pilot.press("e")
        await settled(pilot, lambda: any("chief" in n.message for n in app._notifications))
