"""Alerts by real mail, a real webhook and a real command: told once, and once when it is over."""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from store import documents, machine
from store.alerts import Alerts, Email, Kind, Webhook
from store.errors import (
    ConfigurationError,
    NotFound,
    NotPermitted,
    SegportError,
    UsageError,
)
from store.journal import alerts as journal_alerts
from store.journal import audit, clock, runs
from store.keys import secrets
from store.keys.key import Key
from store.people.operators import Operator
from store.schedules import Schedule
from store.settings import Settings
from workers.actions import alerts, schedules
from workers.actions.desk import Desk
from workers.actions.runs import cancel
from workers.alerts import words
from workers.alerts.judge import judge_all

PASSWORD = "correct-horse-battery"
TOKEN = "T0000/B0000/secret"


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


class Mailbox:
    """A mail server on loopback that keeps what it gets."""

    def __init__(self) -> None:
        self.letters: list = []
        self.logins: list[tuple[str, str]] = []
        self.port = free_port()
        self._controller = Controller(
            self, hostname="127.0.0.1", port=self.port,
            authenticator=self._authenticate, auth_require_tls=False,
        )  # fmt: skip

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        import email
        from email import policy

        self.letters.append(email.message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"

    def _authenticate(self, server, session, envelope, mechanism, data):
        login = (data.login.decode(), data.password.decode())
        self.logins.append(login)
        return AuthResult(success=login == ("segport", PASSWORD), handled=False)

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        if self._controller.server is not None:
            self._controller.stop()

    @property
    def subjects(self) -> list[str]:
        return [letter["Subject"] for letter in self.letters]


@pytest.fixture
def mailbox():
    found = Mailbox()
    found.start()
    yield found
    found.stop()


class Hook:
    """A web server on loopback that keeps what it gets."""

    def __init__(self) -> None:
        self.posts: list[tuple[str, dict[str, str], dict]] = []
        self.answer = 200
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook.posts.append((self.path, dict(self.headers), json.loads(body)))
                self.send_response(hook.answer)
                if hook.answer == 302:
                    self.send_header("Location", f"http://127.0.0.1:{hook.port}/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def hook():
    found = Hook()
    yield found
    found.stop()


@pytest.fixture
def house(bench):
    """An export, and what has been told about it."""
    bench.ready(5)

    class House:
        def set(self, **parts) -> None:
            alerts.set_alerts(bench.desk, Alerts(**parts))

        def mail_to(self, port: int, **more) -> None:
            self.set(
                email=Email(
                    to=["ops@example.com"], sender="segport@example.com",
                    server="127.0.0.1", port=port, security="none",
                ),
                **more,
            )  # fmt: skip

        def wrong_key(self) -> None:
            secrets.save_key(bench.workspace, "acme", bench.sandbox.base_url[:-3], Key("wrong"))

        def right_key(self) -> None:
            secrets.save_key(
                bench.workspace, "acme", bench.sandbox.base_url[:-3], Key(bench.sandbox.key)
            )

        def run(self, **options):
            """A run, waited for until its process has told what there was to tell."""
            run = bench.run(**options)
            bench.until(lambda: self.is_judged(run))
            return run

        def is_judged(self, run) -> bool:
            with bench.desk.journal() as journal:
                return bool(
                    journal.row(
                        "select 1 from judged where run_id = ? and attempt = ?", run.id, run.attempt
                    )
                )

        def messages(self) -> list[tuple[str, str, str]]:
            with bench.desk.journal() as journal:
                rows = journal.rows("select event, channel, state from message order by id")
            return [tuple(row) for row in rows]

        def open(self) -> list[Kind]:
            return [alert.kind for alert in alerts.open_alerts(bench.desk)]

        def deliver_now(self) -> None:
            with bench.desk.journal() as journal, journal.writing() as db:
                db.execute("update message set not_before = '2000-01-01'")
            alerts.deliver(bench.desk)

    return House()


def test_a_failure_is_told_once_and_once_more_when_it_is_over(bench, house, mailbox):
    house.mail_to(mailbox.port)
    house.wrong_key()
    first = house.run()
    assert first.state == "failed"
    bench.until(lambda: mailbox.subjects == ["Segport: Weekly failed"])
    assert house.run().state == "failed"
    assert house.run().state == "failed"
    (alert,) = alerts.open_alerts(bench.desk)
    assert (alert.kind, alert.runs, alert.export_name) == (Kind.FAILED, 3, "Weekly")
    house.right_key()
    assert house.run().state == "successful"
    bench.until(lambda: len(mailbox.letters) == 2)
    assert mailbox.subjects == ["Segport: Weekly failed", "Segport: over: Weekly failed"]
    assert house.open() == []
    bench.until(lambda: {state for _, _, state in house.messages()} == {"sent"})
    text = mailbox.letters[0].get_content()
    assert f"segport run show {first.id}" in text
    assert mailbox.letters[0]["To"] == "ops@example.com"
    for letter in mailbox.letters:
        assert "@example" not in letter.get_content()
        assert bench.sandbox.key not in letter.as_string()


def test_a_guard_is_told_and_an_approval_ends_it(bench, house, mailbox):
    house.mail_to(mailbox.port)
    bench.guards("weekly", adds=0)
    run = house.run()
    assert run.state == "needs approval"
    bench.until(lambda: mailbox.subjects == ["Segport: Weekly was stopped by a guard"])
    assert "5 contacts are new; 0 are allowed" in mailbox.letters[0].get_content()
    bench.approve(run.id)
    bench.until(lambda: len(mailbox.letters) == 2)
    assert house.open() == []


def test_a_share_of_rejects_is_told(bench, house):
    bench.people("vip", range(10))
    bench.sandbox.set_faults({"action": "poison", "pattern": "^p[12]@"})
    run = house.run()
    assert run.rejected
    assert house.open() == [Kind.REJECTS]
    (alert,) = alerts.open_alerts(bench.desk)
    assert f"rejected {run.rejected} of {run.to_send} contacts" in alert.text
    house.set(rejects_percent=100)
    house.run()
    assert house.open() == []


@pytest.mark.slow
def test_rejects_are_over_when_the_people_are_accepted_and_not_when_a_run_is_about_others(
    bench, house
):
    bench.people("vip", range(10))
    bench.sandbox.set_faults({"action": "poison", "pattern": "^p[12]@"})
    first = house.run()
    assert (first.accepted, first.rejected) == (8, 2)
    # A newcomer alone; the two are held back.
    bench.people("vip", range(-1, 10))
    assert house.run(limit=1).rejected == 0
    assert house.open() == [Kind.REJECTS]
    # Tried again, they are the same two people: not all of what was sent.
    assert house.run(retry_of=first.id).rejected == 2
    (alert,) = alerts.open_alerts(bench.desk)
    assert alert.text == (
        "2 contacts rejected since run 1 have not been accepted yet, 2 of them tried again by run 3."
    )
    bench.sandbox.set_faults({"action": "poison", "pattern": "^p2@"})
    assert house.run().rejected == 1
    assert house.open() == [Kind.REJECTS]
    bench.sandbox.set_faults()
    assert house.run().rejected == 0
    assert house.open() == []


def test_people_who_were_rejected_before_open_no_alert_and_are_not_counted_again(bench, house):
    bench.people("vip", range(100))
    bench.sandbox.set_faults({"action": "poison", "pattern": "^p[12]@"})
    assert house.run().rejected == 2
    assert house.open() == []
    # Two of two: but they are two of the hundred.
    again = house.run()
    assert (again.accepted, again.rejected) == (0, 2)
    assert house.open() == []
    bench.people("vip", range(104))
    bench.sandbox.set_faults({"action": "poison", "pattern": "^p([12]|10[0-3])@"})
    assert house.run().rejected == 6
    (alert,) = alerts.open_alerts(bench.desk)
    assert "In run 3 the destination rejected 4 of 4 contacts, 100.0 %" in alert.text
    assert alert.text.endswith("2 more were rejected before.")


def test_a_plan_that_is_damaged_keeps_no_later_run_from_being_judged(bench, house):
    bench.people("vip", range(10))
    bench.sandbox.set_faults({"action": "poison", "pattern": "^p[12]@"})
    first = house.run()
    (bench.workspace.run_folder(first.id) / "plan.parquet").write_bytes(b"PAR1 cut short")
    second = house.run()
    assert second.rejected == 2
    assert house.is_judged(second)
    assert house.open() == [Kind.REJECTS]


def test_an_alert_that_is_taken_as_known_is_over_without_a_word(bench, house, mailbox):
    house.mail_to(mailbox.port)
    bench.people("vip", range(10))
    bench.sandbox.set_faults({"action": "poison", "pattern": "^p[12]@"})
    house.run()
    bench.until(lambda: mailbox.subjects == ["Segport: Weekly had many rejects"])
    with pytest.raises(NotFound, match="No alert is open for weekly"):
        alerts.acknowledge(bench.desk, "weekly", Kind.SLOW)
    # By the name that the list shows, too.
    (taken,) = alerts.acknowledge(bench.desk, "Weekly")
    assert taken.kind is Kind.REJECTS
    assert house.open() == []
    assert [event for event, _, _ in house.messages()] == ["opened"]
    with bench.desk.journal() as journal:
        deed = audit.deeds(journal)[0]
    assert (deed.action, deed.subject) == ("alert acknowledged", "weekly")
    # The same two, again: nothing new to whoever knows them.
    assert house.run().rejected == 2
    assert house.open() == []


def test_nothing_to_send_is_told_where_it_is_wanted(bench, house):
    house.run()
    house.run()
    assert house.open() == []
    house.set(on=[Kind.NOTHING])
    house.run()
    assert house.open() == [Kind.NOTHING]
    bench.people("vip", range(6))
    house.run()
    assert house.open() == []


def test_an_export_that_was_due_and_did_not_start_is_told(bench, house, mailbox):
    house.mail_to(mailbox.port)
    schedules.set_schedule(bench.desk, ["weekly"], Schedule(recurrence="daily", times=["06:00"]))
    (six,) = schedules.of(bench.desk, "weekly").next[:1]
    (bench.workspace.secrets_folder / "acme.toml").unlink()
    for _ in range(3):
        schedules.look(bench.desk, six, "due", six)
    alerts.deliver(bench.desk)
    assert mailbox.subjects == ["Segport: Weekly did not start"]
    assert "There is no API key for connection acme" in mailbox.letters[0].get_content()
    house.right_key()
    look = schedules.look(bench.desk, six + timedelta(days=1), "due", six)
    alerts.deliver(bench.desk)
    assert mailbox.subjects[1:] == ["Segport: over: Weekly did not start"]
    bench.wait(look.happenings[-1].run_id)


def test_waiting_is_told_after_an_hour_and_once(bench, house):
    schedules.set_schedule(bench.desk, ["weekly"], Schedule(recurrence="daily", times=["06:00"]))
    (six,) = schedules.of(bench.desk, "weekly").next[:1]
    source = bench.workspace.segments_folder / "vip.csv"
    for minutes in (0, 30, 61, 90, 120):
        now = six + timedelta(minutes=minutes)
        os.utime(source, (now.timestamp(), now.timestamp()))
        schedules.look(bench.desk, now, "due", now)
        assert house.open() == ([Kind.NOT_STARTED] if minutes > 60 else [])
    (alert,) = alerts.open_alerts(bench.desk)
    assert alert.runs == 1
    assert "for over an hour, vip.csv changed" in alert.text


@pytest.mark.slow
def test_a_run_that_takes_longer_than_usual_is_told(bench, house):
    """Times are set back in the journal: nobody waits an hour for a test."""

    def lasted(minutes: float, requests: int = 10) -> None:
        run = bench.run()
        began = datetime.now(UTC) - timedelta(minutes=minutes)
        with bench.desk.journal() as journal:
            bench.until(lambda: house.is_judged(run))
            with journal.writing() as db:
                runs.note(db, run.id, began_at=began.isoformat(), requests_sent=requests)
                db.execute("delete from judged where run_id = ?", (run.id,))
            judge_all(bench.workspace, journal)

    for minutes in (5, 6, 5):
        lasted(minutes)
        assert house.open() == []
    lasted(9)
    assert house.open() == []
    lasted(15)
    assert house.open() == [Kind.SLOW]
    assert "times as long as usual" in alerts.open_alerts(bench.desk)[0].text
    lasted(15, requests=40)  # more to do is not slower
    assert house.open() == []


def test_a_run_that_was_canceled_says_nothing_and_one_that_was_killed_is_a_failure(
    bench, house, monkeypatch
):
    monkeypatch.setenv("SEGPORT_SEAM", "planned")
    run_id = bench.start()
    bench.until(lambda: not bench.is_alive(run_id))
    monkeypatch.delenv("SEGPORT_SEAM")
    now = datetime.now(UTC)
    for _ in range(2):
        schedules.look(bench.desk, now, "due", now)
    (alert,) = alerts.open_alerts(bench.desk)
    assert (alert.kind, alert.runs, alert.run_id) == (Kind.FAILED, 1, run_id)
    # Canceled: neither wrong nor well.
    bench.guards("weekly", adds=0)
    waiting = house.run()
    cancel(bench.desk, waiting.id)
    schedules.look(bench.desk, now, "due", now)
    assert Kind.FAILED in house.open()


def test_a_server_that_is_away_stops_nothing_and_is_told(bench, house, mailbox):
    mailbox.stop()
    house.mail_to(mailbox.port)
    house.wrong_key()
    run = house.run()
    bench.until(lambda: house.messages() == [("opened", "email", "waiting")])
    bench.until(
        lambda: "The alert by email did not get through, it is tried again." in bench.log(run.id)
    )
    (way,) = [each for each in alerts.ways(bench.desk) if each.name == "email"]
    assert "cannot be reached" in way.trouble
    assert alerts.open_alerts(bench.desk)[0].untold == 1
    # Tried again later, and not before.
    alerts.deliver(bench.desk)
    assert house.messages() == [("opened", "email", "waiting")]
    for _ in range(4):
        house.deliver_now()
    assert house.messages() == [("opened", "email", "failed")]
    assert "it is given up" in bench.log(run.id)
    house.deliver_now()
    (way,) = [each for each in alerts.ways(bench.desk) if each.name == "email"]
    assert "5 tries, given up" in way.trouble


def test_what_is_over_before_anybody_heard_of_it_is_not_told(bench, house, mailbox):
    with bench.desk.journal() as journal, journal.writing() as db:
        of = journal_alerts.Subject("x", "weekly", "Weekly")
        journal_alerts.open_one(db, of, Kind.FAILED, "It failed.", ["email"], now=clock.now())
        journal_alerts.close_one(db, "x", Kind.FAILED, ["email"], now=clock.now())
    house.mail_to(mailbox.port)
    house.deliver_now()
    assert mailbox.letters == []


def test_each_message_is_sent_by_one_process_only(bench, house, hook):
    house.set(webhook=Webhook(f"http://127.0.0.1:{hook.port}/hook"))
    with bench.desk.journal() as journal, journal.writing() as db:
        for number in range(6):
            of = journal_alerts.Subject(f"x{number}", "weekly", "Weekly")
            journal_alerts.open_one(db, of, Kind.FAILED, "It failed.", ["webhook"], now=clock.now())
    threads = [threading.Thread(target=alerts.deliver, args=(bench.desk,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(hook.posts) == 6


def test_mail_logs_in_with_a_password_that_is_looked_up_as_keys_are(bench, house, mailbox):
    email = Email(
        to=["ops@example.com"], sender="segport@example.com", server="127.0.0.1",
        port=mailbox.port, security="none", user="segport",
    )  # fmt: skip
    alerts.set_alerts(bench.desk, Alerts(email=email))
    with pytest.raises(SegportError, match="The password of the mail server is missing"):
        alerts.test(bench.desk, "email")
    alerts.set_alerts(bench.desk, Alerts(email=email), password=Key("wrong"))
    with pytest.raises(SegportError, match="refused the user or the password"):
        alerts.test(bench.desk, "email")
    alerts.set_alerts(bench.desk, Alerts(email=email), password=Key(PASSWORD))
    alerts.test(bench.desk, "email")
    assert mailbox.subjects == ["Segport: a test"]
    assert mailbox.logins[-1] == ("segport", PASSWORD)
    assert bench.files_with(PASSWORD) == {".segport/secrets/alerts.smtp.toml"}
    # Another server does not get it.
    other = Email(to=["a@b.c"], sender="a@b.c", server="localhost", port=mailbox.port,
                  security="none", user="segport")  # fmt: skip
    alerts.set_alerts(bench.desk, Alerts(email=other))
    with pytest.raises(SegportError, match="was given for another server"):
        alerts.test(bench.desk, "email")


def test_mail_that_would_travel_in_the_clear_is_refused(bench, house, mailbox):
    email = Email(to=["a@b.c"], sender="a@b.c", server="127.0.0.1", port=mailbox.port)
    alerts.set_alerts(bench.desk, Alerts(email=email))
    # This server offers no encryption, and nothing is sent without it.
    with pytest.raises(SegportError, match=r"offers no STARTTLS\. Look at port and security"):
        alerts.test(bench.desk, "email")
    email.security = "tls"
    alerts.set_alerts(bench.desk, Alerts(email=email))
    with pytest.raises(SegportError, match=r"does not speak as tls does\. Look at port"):
        alerts.test(bench.desk, "email")
    assert mailbox.letters == []


def test_mail_to_a_server_without_logins_says_what_to_do(bench, house):
    open_to_all = Controller(Mailbox(), hostname="127.0.0.1", port=free_port())
    open_to_all.start()
    try:
        email = Email(to=["a@b.c"], sender="a@b.c", server="127.0.0.1", port=open_to_all.port,
                      security="none", user="segport")  # fmt: skip
        alerts.set_alerts(bench.desk, Alerts(email=email), password=Key(PASSWORD))
        with pytest.raises(SegportError, match=r"takes no login .* Leave the user empty"):
            alerts.test(bench.desk, "email")
    finally:
        open_to_all.stop()
    with pytest.raises(SegportError, match=r"cannot be reached .* Look at its name and its port"):
        alerts.test(bench.desk, "email")


def test_a_way_that_lacks_its_secret_says_so_before_it_is_needed(bench, house, mailbox, hook):
    email = Email(to=["a@b.c"], sender="a@b.c", server="127.0.0.1", port=mailbox.port,
                  security="none", user="segport")  # fmt: skip
    webhook = Webhook(f"http://127.0.0.1:{hook.port}/{{secret}}")
    alerts.set_alerts(bench.desk, Alerts(email=email, webhook=webhook))
    lacking = {way.name: way.trouble for way in alerts.ways(bench.desk)}
    assert lacking == {
        "email": "there is no password for its user",
        "webhook": "there is no token for it",
        "command": "",
    }
    alerts.set_alerts(
        bench.desk, Alerts(email=email, webhook=webhook), password=Key(PASSWORD), token=Key(TOKEN)
    )
    assert not any(way.trouble for way in alerts.ways(bench.desk))


def test_a_configuration_of_the_machine_that_cannot_be_read_is_no_command(
    bench, house, monkeypatch, tmp_path
):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    machine.paths()[0].parent.mkdir(parents=True, exist_ok=True)
    machine.paths()[0].write_text("[key_commands]\nacme = 'pass'\n")
    (command,) = [way for way in alerts.ways(bench.desk) if way.name == "command"]
    assert "key_commands.acme: expected a list, got text" in command.trouble


def test_a_webhook_gets_json_with_its_secret_where_it_belongs(bench, house, hook):
    url = f"http://127.0.0.1:{hook.port}/services/{{secret}}"
    alerts.set_alerts(bench.desk, Alerts(webhook=Webhook(url)), token=Key(TOKEN))
    house.wrong_key()
    run = house.run()
    bench.until(lambda: hook.posts)
    path, headers, body = hook.posts[0]
    assert path == f"/services/{TOKEN}"
    assert "Authorization" not in headers
    assert body["text"].startswith("Segport: Weekly failed. Run")
    assert (body["event"], body["kind"], body["run"]) == ("opened", "failed", run.id)
    assert TOKEN not in json.dumps(body)
    # Without the placeholder it is a bearer token.
    alerts.set_alerts(bench.desk, Alerts(webhook=Webhook(url.replace("/{secret}", ""))))
    alerts.test(bench.desk, "webhook")
    assert hook.posts[-1][1]["Authorization"] == f"Bearer {TOKEN}"
    assert bench.files_with(TOKEN) == {".segport/secrets/alerts.webhook.toml"}


def test_a_webhook_that_redirects_or_refuses_did_not_get_it(bench, house, hook):
    house.set(webhook=Webhook(f"http://127.0.0.1:{hook.port}/hook"))
    hook.answer = 302
    with pytest.raises(SegportError, match="redirects elsewhere"):
        alerts.test(bench.desk, "webhook")
    hook.answer = 500
    with pytest.raises(SegportError, match="answered 500"):
        alerts.test(bench.desk, "webhook")
    assert [path for path, _, _ in hook.posts] == ["/hook", "/hook"]


def test_a_webhook_that_is_away_is_told_with_its_cause(bench, house):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    house.set(webhook=Webhook(f"http://127.0.0.1:{port}/hook"))
    with pytest.raises(SegportError, match="cannot be reached: the connection was refused"):
        alerts.test(bench.desk, "webhook")


@pytest.mark.parametrize("url", ["http://hooks.example.com/x", "ftp://x", "https://u:p@x/", "x"])
def test_a_webhook_is_https_or_on_this_machine(bench, house, url):
    with pytest.raises(ConfigurationError, match="The webhook's address"):
        house.set(webhook=Webhook(url))


def test_a_command_is_the_machines_and_gets_the_text_on_its_input(
    bench, house, tmp_path, monkeypatch
):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("SEGPORT_KEY_ACME", "of-the-environment")
    folder = tmp_path / "config" / "segport"
    folder.mkdir(parents=True)
    heard = tmp_path / "heard $(touch x); 'y'"
    code = (
        "import os, sys; open(sys.argv[1], 'a').write(sys.stdin.read() + str(sorted(os.environ)))"
    )
    (folder / "config.toml").write_text(
        f"alert_command = {json.dumps([sys.executable, '-c', code, str(heard)])}\n"
    )
    house.wrong_key()
    house.run()
    bench.until(heard.exists)
    bench.until(lambda: "SEGPORT" in heard.read_text())
    assert heard.read_text().startswith("Segport: Weekly failed\n\nRun")
    assert "SEGPORT_KEY_ACME" not in heard.read_text()
    assert ("opened", "command", "sent") in [
        *bench.until(lambda: [m for m in house.messages() if m[2] == "sent"])
    ]
    # Never the workspace's: it may come from anywhere.
    text = bench.workspace.settings_path.read_text()
    bench.workspace.settings_path.write_text(text + '\n[alerts]\ncommand = ["touch", "x"]\n')
    with pytest.raises(ConfigurationError, match=r"field alerts.command: .* unknown field"):
        documents.read(bench.workspace.settings_path, Settings)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ('on = ["panic"]', "invalid enum value 'panic'"),
        ("rejects_percent = 101", "field alerts.rejects_percent"),
        ("slow_factor = 1", "field alerts.slow_factor"),
        ("[alerts.email]\nto = []\nfrom = 'a@b.c'\nserver = 'x'", "field alerts.email.to"),
        ("[alerts.email]\nto = ['a']\nfrom = 'a@b.c'\nserver = 'x'", '"a" is no email address'),
        ("[alerts.email]\nto = ['a@b.c']\nfrom = 'a@b.c\\n'\nserver = 'x'", "is no email address"),
        ("[alerts.email]\nto = ['a@b.c']\nfrom = 'a@b.c'\nserver = 'far.away'\nsecurity = 'none'",
         "field alerts.email.security: without it, mail goes to a server on"),
        ("[alerts.email]\nto = ['a@b.c']\nfrom = 'a@b.c'\nserver = 'x'\npassword = 'x'",
         "field alerts.email.password"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_alerts_is_named(bench, lines, told):
    text = bench.workspace.settings_path.read_text()
    bench.workspace.settings_path.write_text(
        f"{text}\n[alerts]\n{lines.replace(chr(39), chr(34))}\n"
    )
    with pytest.raises(ConfigurationError) as caught:
        documents.read(bench.workspace.settings_path, Settings)
    assert told.replace("'panic'", "'panic'") in caught.value.message


@pytest.mark.parametrize("percent", [1e6, -1, float("nan"), float("inf")])
def test_what_could_not_be_read_again_is_not_written(bench, house, percent):
    before = bench.workspace.settings_path.read_text()
    with pytest.raises(UsageError, match="from 0 to 100"):
        alerts.set_alerts(bench.desk, Alerts(rejects_percent=percent))
    assert bench.workspace.settings_path.read_text() == before


def test_no_address_and_no_line_break_leaves_in_an_alert():
    assert words.plain("It said p1@example.com,\r\nBcc: x@y.z \x1b[2J") == (
        "It said (address), Bcc: (address) [2J"
    )
    assert len(words.plain("x" * 5000)) == 500


def test_only_administrators_see_and_change_who_is_told(bench, house):
    house.wrong_key()
    house.run()
    for role in ("viewer", "contributor"):
        desk = Desk(bench.workspace, Operator("eve", role), "command line")
        for forbidden in (
            lambda desk=desk: alerts.set_alerts(desk, Alerts()),
            lambda desk=desk: alerts.test(desk, "email"),
            lambda desk=desk: alerts.ways(desk),
        ):
            with pytest.raises(NotPermitted):
                forbidden()
        (seen,) = alerts.open_alerts(desk)
        assert seen.text == "Look at the export Weekly."


def test_an_export_that_is_removed_or_paused_takes_its_alerts_with_it(bench, house):
    from workers.actions import exports

    schedules.set_schedule(bench.desk, ["weekly"], Schedule(recurrence="daily", times=["06:00"]))
    (six,) = schedules.of(bench.desk, "weekly").next[:1]
    house.wrong_key()
    house.run()
    (bench.workspace.secrets_folder / "acme.toml").unlink()
    schedules.look(bench.desk, six, "due", six)
    assert set(house.open()) == {Kind.FAILED, Kind.NOT_STARTED}
    schedules.switch(bench.desk, ["weekly"], on=False)
    assert house.open() == [Kind.FAILED]
    exports.remove(bench.desk, "weekly")
    assert house.open() == []


def test_an_export_whose_file_is_removed_by_hand_does_so_at_the_next_look(bench, house):
    from store import exports

    house.wrong_key()
    house.run()
    path = exports.path_of(bench.workspace, "weekly")
    text = path.read_text()
    now = datetime.now(UTC)
    path.write_text("nonsense")
    schedules.look(bench.desk, now, "due", now)
    assert house.open() == [Kind.FAILED]
    path.write_text(text)
    schedules.look(bench.desk, now, "due", now)
    assert house.open() == [Kind.FAILED]
    path.unlink()
    schedules.look(bench.desk, now, "due", now)
    assert house.open() == []
