"""A draft looked at: the same numbers as its plan, the contact as it is sent, stopped when asked."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from contextlib import aclosing

import msgspec
import pytest

from store import masks
from store.duck import Interruption, session
from store.errors import NotPermitted, SegmentError, SegportError, UsageError
from store.exports import CustomField, Export, SegmentChoice, new_id
from store.journal import audit, delivery
from store.people.operators import Operator
from workers.actions import exports
from workers.actions.desk import Desk
from workers.actions.looking import look
from workers.actions.revealing import reveal
from workers.deliver.items import Ranges
from workers.deliver.reader import Reader


def draft(*segments: str, **more) -> Export:
    return Export(
        id=new_id(),
        name="Draft",
        connection="acme",
        segments=[SegmentChoice(segment) for segment in segments],
        fields={"Email": "email", "FirstName": "name", "MailingCity": "city"},
        custom_fields={"Points / month": CustomField("points", "integer")},
        **more,
    )


@pytest.fixture
def people(bench):
    rows = [
        {"email": f"p{n}@example.com", "name": f"N{n}" if n % 2 else "", "city": "Oslo",
         "points": n if n < 5 else None}
        for n in range(20)
    ]  # fmt: skip
    bench.csv("vip", [*rows, {"email": "nonsense", "name": "x", "city": "", "points": 1}])
    bench.csv("gold", rows[:8])
    bench.connect()
    return bench


def test_a_look_counts_distinct_contacts_and_what_fills_each_field(people):
    seen = look(people.desk, draft("vip", "gold"))
    assert (seen.report.contacts, seen.report.merged, seen.report.excluded) == (20, 8, 1)
    assert {name: field.filled for name, field in seen.fields.items()} == {
        "Email": 20, "FirstName": 10, "MailingCity": 20, "Points / month": 5,
    }  # fmt: skip
    assert seen.fields["Points / month"].samples == ["0", "1", "2"]
    assert seen.fields["MailingCity"].samples == ["O***"]
    assert seen.report.to_send == 20
    assert people.sandbox.requests() == []
    assert not list(people.workspace.runs_folder.glob("look-*"))


def test_personal_values_are_masked_until_asked_for(people):
    seen = look(people.desk, draft("vip"))
    assert seen.fields["Email"].samples == ["p***@e***.com"] * 3
    assert seen.fields["FirstName"].samples == ["N***"] * 3
    assert "p1@example.com" not in msgspec.json.encode(seen).decode()
    assert "N1" not in msgspec.json.encode(seen).decode()
    reveal(people.desk, "export draft")
    plain = look(people.desk, draft("vip"), revealed=True)
    assert plain.fields["FirstName"].samples == ["N1", "N3", "N5"]
    with people.desk.journal() as journal:
        assert audit.deeds(journal)[0].action == "personal data revealed"
    viewer = Desk(people.workspace, Operator("v", "viewer"), "app")
    assert look(viewer, draft("vip")).report.contacts == 20
    for deed in (lambda: reveal(viewer, "x"), lambda: look(viewer, draft("vip"), revealed=True)):
        with pytest.raises(NotPermitted):
            deed()


def test_a_personal_column_is_masked_in_every_field_that_it_feeds(people):
    wanted = draft("vip")
    wanted.fields["Company"] = "name"
    seen = look(people.desk, wanted)
    assert seen.fields["Company"].samples == seen.fields["FirstName"].samples == ["N***"] * 3
    assert "N1" not in msgspec.json.encode(seen).decode()
    slug = exports.add(people.desk, wanted).slug
    people.run(slug)
    told = people.segport("why", "p1@example.com", "--json").stdout
    assert "Company" in told
    assert "N1" not in told


async def _first(reader):
    async with aclosing(reader.contacts()) as windows:
        return (await anext(windows))[0]


def test_the_first_contact_is_the_one_that_is_sent(people):
    body = json.loads(look(people.desk, draft("vip"), revealed=True).first.body)
    saved = exports.add(people.desk, draft("vip"))
    run = people.run(saved.slug)
    with people.desk.journal() as journal:
        ids = {each.position: each.list_id for each in delivery.lists(journal, run.id)}
    folder = people.workspace.run_folder(run.id)
    with session(readable=[folder], scratch=folder) as duck:
        reader = Reader(duck, folder, ids, accepted=Ranges(), rejected=set())
        item = asyncio.run(_first(reader))
    assert body == {**json.loads(item.body), "_autopilot_list": "(the id of the list vip)"}
    kept = people.sandbox.contacts()[body["Email"]]
    assert kept["MailingCity"] == body["MailingCity"] == "Oslo"
    # Now it is known: the next look shows the list by its id, and that nothing is sent.
    export = exports.show(people.desk, saved.slug).value
    after = look(people.desk, export)
    assert (after.report.unchanged, after.first.verdict) == (20, "unchanged")


def test_a_draft_without_a_connection_is_compared_with_nothing(people):
    saved = exports.add(people.desk, draft("vip"))
    people.run(saved.slug)
    export = msgspec.structs.replace(exports.show(people.desk, saved.slug).value, connection=None)
    assert look(people.desk, export).report.add == 20


def test_what_is_wrong_with_a_draft_is_told(people):
    with pytest.raises(SegmentError, match="no column nom"):
        look(people.desk, msgspec.structs.replace(draft("vip"), fields={"Email": "nom"}))
    with pytest.raises(UsageError, match="Email"):
        look(people.desk, msgspec.structs.replace(draft("vip"), fields={}))


def test_a_slow_look_stops_when_it_is_asked_to(bench):
    bench.connect()
    slow = "select 'p' || (a.i * 3000 + b.i) || '@example.com' as email from range(30000) a(i), range(3000) b(i)"
    (bench.workspace.segments_folder / "slow.sql").write_text(slow)
    export = msgspec.structs.replace(
        draft("slow"), fields={"Email": "email"}, custom_fields={}, connection="acme"
    )
    interruption, ended = Interruption(), []

    def work() -> None:
        try:
            look(bench.desk, export, interruption)
        except SegportError as error:
            ended.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    bench.until(lambda: list(bench.workspace.runs_folder.glob("look-*")))
    time.sleep(0.3)
    assert thread.is_alive()
    asked = time.monotonic()
    interruption.ask()
    thread.join(10)
    assert time.monotonic() - asked < 3
    assert "stopped before it was done" in ended[0].message
    assert not list(bench.workspace.runs_folder.glob("look-*"))
    with pytest.raises(SegportError, match="stopped"):
        look(bench.desk, export, interruption)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("ann@example.co.uk", "a***@e***.uk"),
        ("a@b", "a***@b***"),
        ("Åse", "Å***"),
        ("鄧", "***"),
        ("@xy", "@***"),
        ("  ", ""),
    ],
)
def test_masks_keep_little(value, shown):
    assert masks.masked(value) == shown
