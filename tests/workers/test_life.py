"""The life of exports and connections: copied, detached, paused; consent withdrawn, removed."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from store.connections import Connection
from store.documents import ChangedOnDisk
from store.errors import NotPermitted, Stopped, UsageError
from store.exports import SegmentChoice
from store.journal import audit
from store.keys.key import Key
from store.people.operators import Operator
from store.schedules import Schedule
from workers.actions import (
    connecting,
    connection_life,
    connections,
    export_life,
    exports,
    runs,
    schedules,
)
from workers.actions.desk import Desk
from workers.sandbox.server import running


def desk_of(bench, role: str) -> Desk:
    return Desk(bench.workspace, Operator(f"a-{role}", role), "app")


def deeds(bench) -> list[tuple[str, str]]:
    with bench.desk.journal() as journal:
        return [(deed.action, deed.subject) for deed in audit.deeds(journal)]


# --- exports ---------------------------------------------------------------------------------


def test_a_copy_has_sent_nothing_and_is_paused(bench, addresses):
    slug = bench.ready(20)
    bench.run()
    saved = export_life.duplicate(bench.desk, slug)
    again = export_life.duplicate(bench.desk, slug)
    first, copy = exports.show(bench.desk, slug).value, exports.show(bench.desk, saved.slug).value
    assert (copy.name, again.slug) == ("Weekly (copy)", "weekly-copy-2")
    assert copy.id != first.id
    assert copy.timing.by_hand
    assert not first.timing.by_hand
    assert (copy.segments, copy.fields, copy.guards) == (first.segments, first.fields, first.guards)
    assert any("fills the list vip" in note for note in saved.notes)
    assert (bench.plan(slug).add, bench.plan(saved.slug).add) == (0, 20)
    with pytest.raises(UsageError, match="already"):
        export_life.duplicate(bench.desk, slug, "weekly")
    with pytest.raises(UsageError, match="plain name"):
        export_life.duplicate(bench.desk, slug, "a/b")
    bench.check_holds({"vip": addresses(range(20))})


def test_a_detached_export_keeps_all_else_does_not_run_and_comes_back(bench):
    slug = bench.ready(20)
    bench.run()
    before = exports.show(bench.desk, slug).value
    export_life.detach(bench.desk, slug)
    after = exports.show(bench.desk, slug).value
    assert after.connection is None
    assert (after.id, after.segments, after.fields) == (before.id, before.segments, before.fields)
    with pytest.raises(UsageError, match="no connection"):
        bench.start()
    with pytest.raises(UsageError, match="no connection"):
        export_life.detach(bench.desk, slug)
    assert export_life.attach(bench.desk, slug, "Acme").notes == []
    # What it had sent is still known.
    assert bench.plan().unchanged == 20
    assert bench.run().state == "successful"
    assert deeds(bench)[2:4] == [("export attached", slug), ("export detached", slug)]


def test_on_another_account_an_export_says_what_to_do_first(bench):
    slug = bench.ready(5)
    bench.run()
    with running(rate=0, account_email="else@other.test") as other:
        bench.connect("Other", sandbox=other)
        export_life.detach(bench.desk, slug)
        (note,) = export_life.attach(bench.desk, slug, "other").notes
        assert "segport export reset" in note
        with pytest.raises(Stopped, match="reset"):
            bench.plan()
        exports.reset(bench.desk, slug)
        assert bench.plan().add == 5


def test_a_paused_export_runs_by_hand_and_keeps_its_schedule(bench):
    slug = bench.ready(5)
    schedules.set_schedule(bench.desk, [slug], Schedule(recurrence="daily", times=["06:00"]))
    assert export_life.pause(bench.desk, ["Weekly"]) == [slug]
    assert schedules.of(bench.desk, slug).next == []
    assert bench.run().state == "successful"
    export_life.unpause(bench.desk, [slug])
    assert schedules.of(bench.desk, slug).words == "daily 06:00"


def test_detached_or_removed_while_it_runs_it_finishes_as_it_was_frozen(bench, addresses):
    slug = bench.ready(300, rate=5)
    run_id = bench.start()
    export_life.detach(bench.desk, slug)
    exports.remove(bench.desk, slug)
    bench.check_delivered(bench.wait(run_id), {"vip": addresses(range(300))})


def test_an_edit_does_not_overwrite_what_somebody_else_saved_meanwhile(bench):
    slug = bench.ready(5)
    mine = exports.show(bench.desk, slug)
    bench.change(slug, newest_by="name")
    with pytest.raises(ChangedOnDisk):
        exports.save(bench.desk, mine.value, slug, mine.digest)
    assert exports.show(bench.desk, slug).value.newest_by == "name"


def test_an_export_whose_connection_is_gone_can_be_mended(bench):
    slug = bench.ready(5)
    connections_file = bench.workspace.connections_folder / "acme.toml"
    bench.connect("Other", usable_by="contributors")
    connections_file.unlink()
    contributor = desk_of(bench, "contributor")
    export_life.attach(contributor, slug, "other")
    assert exports.show(bench.desk, slug).value.connection == "other"
    bench.connect("Acme")
    export_life.attach(bench.desk, slug, "acme")
    (bench.workspace.connections_folder / "acme.toml").write_text("name = [")
    with pytest.raises(NotPermitted):
        export_life.detach(contributor, slug)
    export_life.detach(bench.desk, slug)


def test_a_contributor_takes_no_export_off_a_connection_that_is_not_shared(bench):
    slug = bench.ready(5)
    bench.connect("Shared", usable_by="contributors")
    contributor = desk_of(bench, "contributor")
    theirs = exports.show(bench.desk, slug).value
    moved = {"connection": "shared", "segments": [SegmentChoice("vip", "Elsewhere")]}
    for deed in (
        lambda: export_life.detach(contributor, slug),
        lambda: export_life.attach(contributor, slug, "shared"),
        lambda: export_life.duplicate(contributor, slug),
        lambda: export_life.pause(contributor, [slug]),
        lambda: exports.save(contributor, msgspec.structs.replace(theirs, **moved), slug, ""),
    ):
        with pytest.raises(NotPermitted, match="administrators only"):
            deed()
    assert exports.show(bench.desk, slug).value == theirs


def test_exports_to_one_account_name_each_other_where_they_meet(bench):
    bench.people("vip", range(3), surname=lambda n: f"S{n}")
    bench.connect()
    bench.export("vip")
    asyncio.run(connecting.test(bench.desk, "acme"))
    # Another connection to the same account; the service and somebody write it in other letters.
    bench.sandbox.set_modes(account_email="OWNER@acme.test")
    shouted = bench.sandbox.base_url.removesuffix("/v1").replace("http", "HTTP")
    made = Connection(name="Other", base_url=shouted)
    connections.add(bench.desk, made, Key(bench.sandbox.key), agreed=True)
    asyncio.run(connecting.test(bench.desk, "other"))
    other = exports.show(bench.desk, "weekly").value
    mine = msgspec.structs.replace(
        other, id="ab", name="Mine", connection="other",
        fields={"Email": "email", "FirstName": "surname"},
    )  # fmt: skip
    notes = exports.add(bench.desk, mine).notes
    assert "The export Weekly fills the list vip as well." in notes
    assert any("feeds FirstName from the column name, this one from surname" in n for n in notes)
    choices = [SegmentChoice("vip"), SegmentChoice("vip2", "club")]
    bench.people("vip2", range(3), surname=lambda n: f"S{n}")
    bench.change("weekly", segments=choices)
    notes = exports.add(bench.desk, msgspec.structs.replace(mine, id="ef", name="Both", segments=choices)).notes  # fmt: skip
    assert [note for note in notes if "Weekly fills" in note] == [
        "The export Weekly fills the lists club, vip as well."
    ]
    alone = msgspec.structs.replace(mine, id="cd", name="Alone", connection=None)
    assert not any("Weekly" in note for note in exports.add(bench.desk, alone).notes)


# --- consent and its end ---------------------------------------------------------------------


def sending(bench, requests: int = 1) -> int:
    """A run that has sent a few of its many requests."""
    run_id = bench.start()
    bench.until(lambda: len(bench.sent()) >= requests)
    return run_id


@pytest.mark.sampled(2)
@pytest.mark.parametrize("how", ["withdrawn", "removed"])
def test_what_runs_stops_after_the_requests_in_flight(bench, how):
    slug = bench.ready(2000, rate=4)
    run_id = sending(bench)
    if how == "withdrawn":
        assert connection_life.withdraw(bench.desk, "acme") == [run_id]
    else:
        assert connection_life.remove(bench.desk, "acme", {slug: "detach"}) == [run_id]
    run = bench.wait(run_id)
    assert run.state == "canceled"
    assert how in run.cause
    assert 0 < run.accepted < 2000
    assert {request.state for request in bench.requests(run_id)} <= {"answered", "not sent"}
    sent = len(bench.sent())
    with pytest.raises((Stopped, UsageError)):
        bench.start()
    with pytest.raises(Stopped):
        runs.resume(bench.desk, run_id)
    assert len(bench.sent()) == sent


def test_a_run_that_waits_for_its_turn_never_begins_without_consent(bench):
    bench.ready(2000, rate=4)
    bench.connect("Other", rate=4)
    bench.people("gold", range(5))
    bench.export("gold", name="Second", connection="other")
    first = sending(bench)
    second = bench.start("second")
    bench.until(lambda: "Waiting" in bench.log(second))
    connection_life.withdraw(bench.desk, "other")
    waited = bench.wait(second)
    assert (waited.state, waited.began_at) == ("canceled", None)
    assert "withdrawn" in waited.cause
    runs.cancel(bench.desk, first)
    bench.wait(first)


def test_consent_comes_back_only_by_agreeing(bench):
    bench.ready(5)
    connection_life.withdraw(bench.desk, "acme")
    with pytest.raises(UsageError, match="Nobody has agreed"):
        connection_life.withdraw(bench.desk, "acme")
    connections.edit(bench.desk, "acme", rate=500)
    with pytest.raises(Stopped, match="Nobody has agreed") as caught:
        bench.start()
    # Who may agree is not sent to ask somebody who may.
    assert "connection edit acme --agree" in caught.value.hint
    connections.edit(bench.desk, "acme", agreed=True)
    assert bench.run().state == "successful"
    given = connections.show(bench.desk, "acme").consent
    assert (given.operator, given.origin) == (bench.desk.operator.name, bench.sandbox.origin)
    connections.edit(bench.desk, "acme", agreed=True)
    assert connections.show(bench.desk, "acme").consent == given


def test_removing_a_connection_detaches_or_removes_each_export_as_chosen(bench):
    weekly = bench.ready(5)
    monthly = bench.export("vip", name="Monthly")
    bench.run()
    with pytest.raises(UsageError, match="Monthly"):
        connection_life.remove(bench.desk, "acme", {weekly: "detach"})
    assert exports.show(bench.desk, weekly).value.connection == "acme"
    connection_life.remove(bench.desk, "acme", {weekly: "detach", monthly: "remove"})
    (line,) = exports.listed(bench.desk)
    assert (line.slug, line.connection) == (weekly, None)
    assert connections.listed(bench.desk) == []
    assert bench.files_with(bench.sandbox.key) == set()
    # The same account under another name: the export goes on from what it had sent.
    bench.connect("Anew")
    export_life.attach(bench.desk, weekly, "anew")
    assert bench.plan().unchanged == 5


def test_a_broken_connection_can_be_removed(bench):
    bench.connect()
    (bench.workspace.connections_folder / "acme.toml").write_text("name = [")
    connection_life.remove(bench.desk, "acme")
    assert connections.listed(bench.desk) == []


def test_only_an_administrator_ends_a_connection(bench):
    slug = bench.ready(5, usable_by="contributors")
    for role in ("contributor", "viewer"):
        for deed in (
            lambda desk: connection_life.withdraw(desk, "acme"),
            lambda desk: connection_life.remove(desk, "acme", {slug: "remove"}),
            lambda desk: connections.edit(desk, "acme", agreed=True),
        ):
            with pytest.raises(NotPermitted):
                deed(desk_of(bench, role))
    assert exports.show(bench.desk, slug).value.connection == "acme"


def test_the_time_of_the_last_answer_is_kept(bench):
    bench.ready(5)
    assert connections.show(bench.desk, "acme").reached is None
    asyncio.run(connecting.test(bench.desk, "acme"))
    tested = connections.show(bench.desk, "acme").reached
    assert tested is not None
    bench.run()
    assert connections.show(bench.desk, "acme").reached > tested


def test_another_key_for_another_account_is_told(bench):
    bench.ready(5)
    asyncio.run(connecting.test(bench.desk, "acme"))
    key = Key(bench.sandbox.key)
    assert connections.replace_key(bench.desk, "acme", key, account="owner@acme.test") == []
    (note,) = connections.replace_key(bench.desk, "acme", key, account="else@acme.test")
    assert "owner@acme.test" in note


def test_a_connection_does_not_take_anothers_name(bench):
    bench.connect()
    bench.connect("Other")
    with pytest.raises(UsageError, match="already"):
        connections.edit(bench.desk, "other", name="ACME")
    connections.edit(bench.desk, "acme", name="ACME")


def test_an_export_that_names_its_connection_as_on_screen_counts_as_its_user(bench):
    slug = bench.ready(3)
    path = bench.workspace.exports_folder / f"{slug}.toml"
    path.write_text(path.read_text().replace('connection = "acme"', 'connection = "Acme"'))
    assert connections.users_of(bench.desk, "acme") == {slug: "Weekly"}
    with pytest.raises(UsageError, match="is used by: Weekly"):
        connection_life.remove(bench.desk, "acme")
    connection_life.remove(bench.desk, "acme", {slug: "detach"})
    assert exports.show(bench.desk, slug).value.connection is None
