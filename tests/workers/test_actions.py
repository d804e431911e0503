"""The one door: who may, what it takes, what is written down, and where the key never is."""

from __future__ import annotations

import asyncio
import os
import stat
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from store import connections as kept
from store.alerts import Alerts, Webhook
from store.connections import Connection
from store.errors import (
    Busy,
    ConfigurationError,
    KeyProblem,
    NotFound,
    NotPermitted,
    SegportError,
    Stopped,
    StorageError,
    UsageError,
)
from store.exports import Export, SegmentChoice, new_id
from store.journal import audit
from store.keys import secrets
from store.keys.key import Key
from store.people.operators import Operator
from workers import launch
from workers.actions import (
    alerts,
    connecting,
    connection_life,
    connections,
    exports,
    lists,
    rejects,
    runs,
)
from workers.actions.desk import Desk, sit_down
from workers.sandbox.server import running

ROOT = Path(__file__).parents[2]


def desk_of(bench, role: str) -> Desk:
    return Desk(bench.workspace, Operator(f"a-{role}", role), "app")


def deeds(bench) -> list[tuple[str, str, str]]:
    with bench.desk.journal() as journal:
        return [(d.operator, d.action, d.subject) for d in reversed(audit.deeds(journal))]


def new_export(name: str = "Theirs", connection: str | None = "acme") -> Export:
    return Export(
        id=new_id(),
        name=name,
        connection=connection,
        segments=[SegmentChoice("vip")],
        fields={"Email": "email"},
    )


# --- permission ------------------------------------------------------------------------------


def test_a_viewer_looks_and_changes_nothing(bench):
    slug = bench.ready(5)
    run = bench.run()
    viewer = desk_of(bench, "viewer")
    before = deeds(bench)
    found = exports.show(viewer, slug)
    bench.sandbox.forget()
    draft = Connection(name="Mine", base_url=bench.sandbox.base_url)
    key = Key(bench.sandbox.key)
    for deed in (
        lambda: connections.add(viewer, draft, key, agreed=True),
        lambda: connections.edit(viewer, "acme", rate=1),
        lambda: connections.replace_key(viewer, "acme", key),
        lambda: connection_life.remove(viewer, "acme"),
        lambda: asyncio.run(connecting.test(viewer, "acme")),
        lambda: asyncio.run(connecting.try_out(viewer, draft, key)),
        lambda: exports.add(viewer, new_export()),
        lambda: exports.save(viewer, found.value, slug, found.digest),
        lambda: exports.remove(viewer, slug),
        lambda: exports.reset(viewer, slug),
        lambda: runs.start(viewer, slug),
        lambda: runs.cancel(viewer, run.id),
        lambda: runs.resume(viewer, run.id),
        lambda: runs.approve(viewer, run.id),
    ):
        with pytest.raises(NotPermitted, match="a-viewer is a viewer"):
            deed()
    # What was asked for is written down, and that it was refused.
    with bench.desk.journal() as journal:
        asked = audit.deeds(journal)[: -len(before)]
    assert len(asked) == 14
    assert {(deed.operator, deed.role, deed.result) for deed in asked} == {
        ("a-viewer", "viewer", "refused")
    }
    assert bench.sandbox.requests() == []
    # Looking is free.
    assert [line.slug for line in exports.listed(viewer)] == [slug]
    assert runs.load(viewer, run.id).state == "successful"
    assert [each.id for each in runs.history(viewer)] == [run.id]


def test_a_contributor_uses_what_is_shared_and_sees_no_more_of_it(bench):
    bench.people("vip", range(5))
    bench.connect()
    bench.connect("Other", usable_by="contributors")
    contributor = desk_of(bench, "contributor")
    assert [line.slug for line in connections.listed(contributor)] == ["other"]
    [line] = connections.listed(contributor)
    assert line.usable
    assert (line.base_url, line.rate, line.account, line.consent, line.key_source) == (None,) * 5

    with pytest.raises(NotPermitted, match="administrators only"):
        exports.add(contributor, new_export())
    slug = exports.add(contributor, new_export(connection="other")).slug
    run = bench.wait(runs.start(contributor, slug))
    assert (run.state, run.operator, run.started_by) == ("successful", "a-contributor", "app")
    for deed in (
        lambda: connections.edit(contributor, "other", rate=1),
        lambda: connection_life.remove(contributor, "other"),
        lambda: connections.add(
            contributor, Connection(name="New"), Key(bench.sandbox.key), agreed=True
        ),
    ):
        with pytest.raises(NotPermitted):
            deed()
    exports.reset(contributor, slug)
    exports.remove(contributor, slug)


def test_a_contributor_changes_no_export_on_an_unshared_connection(bench):
    slug = bench.ready(5)
    run = bench.run()
    contributor = desk_of(bench, "contributor")
    found = exports.show(contributor, slug)
    for deed in (
        lambda: exports.remove(contributor, slug),
        lambda: runs.start(contributor, slug),
        lambda: exports.reset(contributor, slug),
        lambda: exports.save(contributor, found.value, slug, found.digest),
    ):
        with pytest.raises(NotPermitted, match="administrators only"):
            deed()
    assert bench.plan().unchanged == run.accepted


def test_roles_come_from_the_workspace_and_a_broken_file_makes_nobody_an_administrator(bench):
    path = bench.workspace.settings_path
    me = bench.desk.operator.name
    text = path.read_text()
    assert bench.desk.operator.role == "administrator"
    path.write_text(text.replace("viewers = []", f'viewers = ["{me}"]'))
    assert sit_down(bench.workspace, "app").operator.role == "viewer"
    path.write_text(text.replace("contributors = []", f'contributors = ["{me}"]'))
    assert sit_down(bench.workspace, "app").operator.role == "contributor"
    path.write_text(text.replace("administrators = []", 'administrators = ["somebody"]'))
    assert sit_down(bench.workspace, "app").operator.role == "viewer"
    path.write_text(text + "\n[broken\n")
    assert sit_down(bench.workspace, "app").operator.role == "viewer"


def test_what_was_done_is_written_down_with_who_and_by_which_way(bench):
    slug = bench.ready(5)
    connections.edit(bench.desk, "acme", rate=3000.0)
    exports.reset(bench.desk, slug)
    run = bench.run()
    me = bench.desk.operator.name
    assert deeds(bench) == [
        (me, "connection added", "acme"),
        (me, "consent given", "acme"),
        (me, "export added", slug),
        (me, "connection changed", "acme"),
        (me, "export reset", slug),
        (me, "run started", f"run {run.id}"),
        (me, "run ended", f"run {run.id}"),
    ]
    with bench.desk.journal() as journal:
        ended, started, _, changed, *_ = audit.deeds(journal)
    assert (ended.role, ended.result) == ("", "successful")
    assert ended.detail.startswith("5 accepted, 0 rejected of 5; 1 request with contacts; plan ")
    assert run.plan_digest[:16] in ended.detail
    assert (started.role, started.result) == ("administrator", "done")
    assert changed.detail == "rate: 2000.0 to 3000.0"


def test_a_test_that_fails_is_written_down_as_failed(bench):
    bench.connect()
    bench.sandbox.set_modes(keys=[KEY])
    with pytest.raises(SegportError):
        asyncio.run(connecting.test(bench.desk, "acme"))
    with bench.desk.journal() as journal:
        (deed,) = audit.deeds(journal, limit=1)
    assert (deed.action, deed.result) == ("connection tested", "failed")


# --- consent ---------------------------------------------------------------------------------


def test_without_consent_nothing_is_saved(bench):
    draft = Connection(name="Acme", base_url=bench.sandbox.base_url)
    with pytest.raises(UsageError, match="agree"):
        connections.add(bench.desk, draft, Key(bench.sandbox.key), agreed=False)
    assert list(bench.workspace.connections_folder.iterdir()) == []
    assert bench.files_with(bench.sandbox.key) == set()


def test_a_draft_cannot_bring_its_own_consent(bench):
    from datetime import UTC, datetime

    forged = kept.Consent("somebody", datetime.now(UTC), "1999", "https://elsewhere.example")
    draft = Connection(name="Acme", base_url=bench.sandbox.base_url, consent=forged)
    connections.add(bench.desk, draft, Key(bench.sandbox.key), agreed=True)
    given = connections.show(bench.desk, "acme").consent
    assert (given.operator, given.origin) == (bench.desk.operator.name, bench.sandbox.origin)


@pytest.mark.parametrize("how", ["taken out", "for another origin"])
def test_a_run_needs_consent_for_the_very_origin(bench, how):
    bench.ready(5)
    path = kept.path_of(bench.workspace, "acme")
    text = path.read_text()
    if how == "taken out":
        path.write_text(text.partition("[consent]")[0])
    else:
        head, _, tail = text.partition("[consent]")
        path.write_text(
            head + "[consent]" + tail.replace(bench.sandbox.origin, "https://x.example")
        )
    with pytest.raises(Stopped, match="Nobody has agreed"):
        bench.start()
    assert runs.history(bench.desk) == []


def test_another_origin_asks_for_key_and_consent_again(bench):
    bench.ready(5)
    with running(rate=0) as other:
        for given, told in (
            ({}, ["key", "agreed"]),
            ({"agreed": True}, ["key"]),
            ({"key": Key(other.key)}, ["agreed"]),
        ):
            with pytest.raises(UsageError, match="Give it again") as refused:
                connections.edit(bench.desk, "acme", base_url=other.base_url, **given)
            assert [part.about for part in refused.value.parts] == told
        # Nor does a key travel when somebody edits the file by hand.
        path = kept.path_of(bench.workspace, "acme")
        path.write_text(path.read_text().replace(bench.sandbox.origin, other.origin))
        with pytest.raises((KeyProblem, Stopped)):
            bench.start()
        with pytest.raises(KeyProblem):
            asyncio.run(connecting.test(bench.desk, "acme"))
        assert other.requests() == []


# --- the key ---------------------------------------------------------------------------------

KEY = "k-9f8e7d6c5b4a39281706f5e4d3c2b1a0"


@pytest.fixture
def own_key(bench):
    """A key that stands nowhere in our own code."""
    from dataclasses import replace

    bench.sandbox.set_modes(keys=[KEY])
    bench.sandbox = replace(bench.sandbox, key=KEY)
    return KEY


def test_the_key_is_in_its_own_file_and_nowhere_else(bench, own_key, capfd):
    bench.ready(250, rate=500)
    path = bench.workspace.secrets_folder / "acme.toml"
    assert own_key in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    asyncio.run(connecting.test(bench.desk, "acme"))

    def check() -> None:
        assert bench.files_with(own_key) == {".segport/secrets/acme.toml"}

    bench.plan()
    assert bench.run().state == "successful"
    check()
    # Runs that fail in many ways, with answers that quote the key.
    bench.people("vip", range(500))
    quoting = f"Invalid key {own_key}"
    for status in (401, 403):
        bench.sandbox.set_faults({"action": "status", "status": status, "message": quoting})
        assert bench.run().state == "failed"
        check()
    bench.sandbox.set_faults({"action": "status", "status": 400, "message": quoting, "nth": 1,
                              "match": "POST /v1/contacts"})  # fmt: skip
    bench.run()
    told = capfd.readouterr()
    assert own_key not in told.out + told.err


def test_a_running_process_shows_the_key_to_nobody(bench, own_key, started_runs):
    bench.ready(300, rate=5)
    run_id = bench.start()
    process = bench.until(lambda: bench.process(run_id))
    bench.until(lambda: bench.load(run_id).requests_sent)
    assert b"workers.run" in Path(f"/proc/{process}/cmdline").read_bytes()
    for name in ("cmdline", "environ"):
        try:
            assert own_key.encode() not in Path(f"/proc/{process}/{name}").read_bytes()
        except PermissionError:
            continue
    bench.wait(run_id)


def test_a_key_from_the_environment_is_handed_over_once_and_leaves_no_trace(bench, own_key):
    bench.ready(5)
    (bench.workspace.secrets_folder / "acme.toml").unlink()
    code = (
        "import os, sys; from pathlib import Path\n"
        "from store.workspace import open_workspace\n"
        "from workers.actions import runs\n"
        "from workers.actions.desk import sit_down\n"
        "desk = sit_down(open_workspace(Path(sys.argv[1])), 'command line')\n"
        "print(runs.start(desk, 'weekly'), 'SEGPORT_KEY_ACME' in os.environ)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(bench.workspace.root)],
        cwd=ROOT,
        env={**os.environ, "SEGPORT_KEY_ACME": own_key},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "1 False\n"
    run = bench.wait(1)
    assert (run.state, run.accepted) == ("successful", 5)
    assert bench.files_with(own_key) == set()
    with pytest.raises(KeyProblem):
        bench.start()


def test_a_key_file_that_others_can_read_stops_a_run(bench):
    bench.ready(5)
    (bench.workspace.secrets_folder / "acme.toml").chmod(0o644)
    with pytest.raises(KeyProblem, match=r"600|private|read"):
        bench.start()
    assert runs.history(bench.desk) == []


def test_what_a_run_leaves_is_for_this_account_alone(bench):
    bench.ready(5)
    bench.run()
    for path in bench.workspace.state.rglob("*"):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode & 0o077 == 0, f"{path.name} is {mode:o}"


def test_removing_a_connection_removes_its_key_and_waits_for_its_exports(bench):
    slug = bench.ready(5)
    with pytest.raises(UsageError, match="Weekly"):
        connection_life.remove(bench.desk, "acme")
    assert bench.files_with(bench.sandbox.key) == {".segport/secrets/acme.toml"}
    exports.remove(bench.desk, slug)
    connection_life.remove(bench.desk, "acme")
    assert bench.files_with(bench.sandbox.key) == set()
    with pytest.raises(NotFound):
        connections.show(bench.desk, "acme")


# --- files with mistakes ---------------------------------------------------------------------


def test_broken_files_are_shown_as_broken_and_the_rest_works(bench):
    slug = bench.ready(5)
    folder = bench.workspace.connections_folder
    (folder / "torn.toml").write_text("name = \n")
    (folder / "odd.toml").write_text('name = "Odd"\nrate = "fast"\n')
    (folder / "latin.toml").write_bytes(b'name = "caf\xe9"\n')
    own = bench.workspace.exports_folder
    (own / "torn.toml").write_text("[[[")
    (own / "odd.toml").write_text((own / f"{slug}.toml").read_text() + "\nshoe = 3\n")
    (own / "copy.toml").write_text((own / f"{slug}.toml").read_text())

    lines = {line.slug: line.broken for line in connections.listed(bench.desk)}
    assert lines.keys() == {"acme", "torn", "odd", "latin"}
    assert lines["acme"] is None
    assert "torn.toml" in lines["torn"]
    assert "rate" in lines["odd"]
    assert lines["latin"]
    shown = {line.slug: line.broken for line in exports.listed(bench.desk)}
    assert shown.keys() == {slug, "torn", "odd", "copy"}
    # Of two with one id neither is used, and each says whose id it has.
    assert all(f"exports/{slug}.toml" in shown[s] for s in (slug, "copy"))
    assert "torn.toml" in shown["torn"]
    for name in ("torn", "odd"):
        with pytest.raises(ConfigurationError, match=f"{name}.toml"):
            exports.show(bench.desk, name)
        with pytest.raises(ConfigurationError, match=f"{name}.toml"):
            runs.start(bench.desk, name)
    (own / "copy.toml").unlink()
    assert bench.run().state == "successful"


def test_two_exports_of_one_id_do_not_share_a_ledger_unnoticed(bench):
    slug = bench.ready(5)
    bench.run()
    own = bench.workspace.exports_folder
    text = (own / f"{slug}.toml").read_text().replace("Weekly", "Zweite")
    (own / "zweite.toml").write_text(text)
    lines = {line.slug: line.broken for line in exports.listed(bench.desk)}
    assert set(lines) == {slug, "zweite"}
    assert all("have the same id" in broken for broken in lines.values())


def test_an_operators_comments_survive_an_edit_and_a_foreign_edit_is_not_overwritten(bench):
    from store.documents import ChangedOnDisk, update

    bench.ready(5)
    path = kept.path_of(bench.workspace, "acme")
    path.write_text("# ours, do not touch\n" + path.read_text())
    connections.edit(bench.desk, "acme", rate=7)
    text = path.read_text()
    assert text.startswith("# ours, do not touch\n")
    assert connections.show(bench.desk, "acme").rate == 7
    document = kept.load(bench.workspace, "acme")
    path.write_text(text + "# by hand\n")
    with pytest.raises(ChangedOnDisk):
        update(document, document.value)
    assert path.read_text() == text + "# by hand\n"


# --- exports and runs ------------------------------------------------------------------------


def test_saving_never_sends(bench):
    bench.sandbox.forget()
    bench.ready(5)
    assert bench.sandbox.requests() == []
    assert runs.history(bench.desk) == []


@pytest.mark.slow
def test_a_run_goes_by_the_export_as_it_was_when_it_was_asked_for(bench, addresses):
    slug = bench.ready(300, rate=5)
    run_id = bench.start()
    bench.people("gold", range(900, 905))
    bench.change(slug, name="Renamed", segments=[SegmentChoice("gold")])
    run = bench.wait(run_id)
    assert run.export_name == "Weekly"
    bench.check_delivered(run, {"vip": addresses(range(300))})
    # The id stays, and with it the ledger.
    report = bench.plan()
    assert (report.add, report.leavers) == (5, 300)


def test_only_one_run_of_an_export_and_no_reset_meanwhile(bench):
    slug = bench.ready(300, rate=5)
    run_id = bench.start()
    with pytest.raises(Busy, match=f"run {run_id}") as caught:
        bench.start()
    assert caught.value.exit_code == 75
    assert bench.desk.operator.name in caught.value.message
    with pytest.raises(Busy):
        exports.reset(bench.desk, slug)
    bench.wait(run_id)
    assert bench.run().state == "successful"


def test_what_cannot_be_done_to_a_run_says_why(bench):
    bench.ready(5)
    run = bench.run()
    for deed in (runs.resume, runs.approve, runs.cancel):
        with pytest.raises(UsageError, match="successful"):
            deed(bench.desk, run.id)
    for deed in (runs.load, runs.resume, runs.approve, runs.cancel):
        with pytest.raises(NotFound):
            deed(bench.desk, 99)


def test_an_export_without_a_connection_plans_and_runs_nothing(bench):
    bench.people("vip", range(5))
    bench.connect()
    slug = exports.add(bench.desk, new_export(connection=None)).slug
    with pytest.raises(UsageError, match="no connection"):
        runs.start(bench.desk, slug)
    with pytest.raises(UsageError, match="no connection"):
        bench.plan(slug)


def test_an_export_that_waits_can_be_canceled(bench):
    slug = bench.ready(5)
    bench.guards(slug, adds=0)
    run = bench.run()
    assert run.state == "needs approval"
    runs.cancel(bench.desk, run.id)
    run = bench.load(run.id)
    assert (run.state, run.cause) == ("canceled", f"canceled by {bench.desk.operator.name}")
    # Resuming it is no way around the approval.
    run = bench.resume(run.id)
    assert run.state == "needs approval"
    assert bench.sent("*") == []


def test_exports_that_share_a_list_are_told_of_each_other(bench):
    bench.ready(5)
    saved = exports.add(bench.desk, new_export("Second"))
    assert any("The export Weekly fills the list vip as well" in note for note in saved.notes)


def test_the_matching_by_name(bench):
    bench.csv("vip", [{"E-Mail": "a@example.com", "first_name": "A", "zip code": "1", "shoe": "9"}])
    found = exports.propose(bench.desk, ["vip"])
    assert found.fields == {
        "Email": "E-Mail",
        "FirstName": "first_name",
        "MailingPostalCode": "zip code",
    }
    assert found.missing == []


@contextmanager
def no_slower_than(seconds: float):
    began = time.monotonic()
    yield
    assert time.monotonic() - began < seconds


def test_a_destination_that_is_gone_fails_the_run_in_a_sentence(bench):
    bench.people("vip", range(5))
    with running(rate=0) as gone:
        bench.connect(sandbox=gone)
    bench.export("vip")
    with no_slower_than(30):
        run = bench.run()
    assert run.state == "failed"
    assert run.cause.endswith(".")
    assert "Traceback" not in run.cause
    assert rejects.rejected(bench.desk, run.id) == []
    assert rejects.excluded(bench.desk, run.id) == []


def _kept(bench) -> dict[str, str]:
    """What is configured, keys too, by file."""
    space = bench.workspace
    folders = (space.root / "connections", space.secrets_folder)
    files = [space.settings_path, *(path for folder in folders for path in folder.glob("*"))]
    return {path.name: path.read_text().strip() for path in files}


def _another_key(desk):
    connections.edit(desk, "acme", rate=7.0, key=Key("another-key-1234567890"))


def _another_token(desk):
    wanted = Alerts(slow_factor=3, webhook=Webhook("https://example.com"))
    alerts.set_alerts(desk, wanted, token=Key("another-token-1234567890"))


@pytest.mark.parametrize("change", [_another_key, _another_token])
@pytest.mark.parametrize("cause", ["damaged journal", "open secrets"])
def test_a_change_that_is_refused_replaces_no_key_and_nothing_else(bench, change, cause):
    bench.ready(5)
    before = _kept(bench)
    if cause == "damaged journal":
        for path in bench.workspace.state.glob("journal.db-*"):
            path.unlink()
        bench.workspace.journal_path.write_bytes(b"rubbish" * 1000)
    else:
        bench.workspace.secrets_folder.chmod(0o755)
    with pytest.raises(SegportError):
        change(bench.desk)
    assert _kept(bench) == before


# --- what is held ----------------------------------------------------------------------------


def test_questions_to_the_destination_leave_no_file_open(bench):
    """The app asks for as long as it is open, which may be days."""
    bench.ready(5)
    asyncio.run(lists.listed(bench.desk, "acme"))
    asyncio.run(connecting.test(bench.desk, "acme"))
    pace = {path.stat().st_ino for path in bench.workspace.locks_folder.glob("pace-*")}
    held = {each.stat().st_ino for each in Path("/proc/self/fd").iterdir() if each.exists()}
    assert pace
    assert not pace & held


def test_a_run_that_could_not_be_written_down_is_not_in_the_way_of_the_next(bench):
    slug = bench.ready(5)
    with bench.desk.journal() as journal, journal.writing() as db:
        db.execute(
            """create trigger no_room before insert on audit
               begin select raise(abort, 'database or disk is full'); end"""
        )
    with pytest.raises(StorageError):
        runs.start(bench.desk, slug)
    with bench.desk.journal() as journal, journal.writing() as db:
        db.execute("drop trigger no_room")
    assert bench.run(slug).state == "successful"


def test_a_process_that_dies_before_it_takes_the_key_is_a_run_that_failed(
    bench, own_key, monkeypatch
):
    slug = bench.ready(5)
    (bench.workspace.secrets_folder / "acme.toml").unlink()
    monkeypatch.setattr(secrets, "_taken", {})
    monkeypatch.setenv("SEGPORT_KEY_ACME", own_key)

    def born_dead(_, **options):
        child = subprocess.Popen(["/bin/true"], **options)
        child.wait()
        return child

    monkeypatch.setattr(launch, "Popen", born_dead)
    with pytest.raises(StorageError, match="cannot be started"):
        runs.start(bench.desk, slug)
    [run] = runs.history(bench.desk)
    assert (run.state, bench.is_alive(run.id)) == ("failed", False)


def test_a_stray_file_among_the_locks_keeps_no_run_from_starting(bench):
    slug = bench.ready(5)
    stray = bench.workspace.locks_folder / "run-1 (copy).lock"
    stray.touch()
    assert bench.run(slug).state == "successful"
    stray.unlink()
