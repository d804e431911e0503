import json

from store.keys.secrets import Key
from workers.destinations.autopilot import Autopilot
from workers.destinations.base import Delivered, RemoteList
from workers.pacing import Pacer
from workers.sandbox.server import running


def autopilot(sandbox, **options):
    return Autopilot(sandbox.base_url, Key(sandbox.key), Pacer(None, 1000), **options)


def contact(email, **fields):
    return json.dumps({"Email": email, **fields})


async def test_a_connection_test_names_the_account_and_counts_the_lists():
    with running(rate=0) as sandbox:
        async with autopilot(sandbox) as there:
            await there.create_list("Spring")
            report = await there.connect()
    assert (report.account.email, report.lists) == ("marketing@example.com", 1)


async def test_a_hundred_contacts_in_one_request_and_on_a_list():
    emails = [f"p{n}@example.com" for n in range(100)]
    with running(rate=0) as sandbox:
        async with autopilot(sandbox) as there:
            spring = await there.create_list("Spring")
            bodies = [contact(email, _autopilot_list=spring.id) for email in emails]
            assert await there.send_bulk(bodies, emails) == Delivered()
            assert await there.is_member(spring.id, emails[7]) is True
            assert await there.is_member(spring.id, "nobody@example.com") is None
            assert await there.list_size(spring.id) == 100
        assert sandbox.members("Spring") == set(emails)


async def test_single_calls():
    with running(rate=0) as sandbox:
        async with autopilot(sandbox) as there:
            spring = await there.create_list("Spring")
            body = contact("a+b/c%d@example.com", custom={"integer--Age": 3})
            email = "a+b/c%d@example.com"
            assert await there.send_one(body, email) == Delivered()
            assert await there.is_member(spring.id, email) is False
            assert await there.join_list(spring.id, email) == Delivered()
            assert await there.join_list(spring.id, email) == Delivered(unchanged=True)
            assert await there.is_member(spring.id, email) is True
            assert (await there.get_contact(email))["Email"] == email
            assert await there.get_contact("nobody@example.com") is None
            assert [(f.name, f.kind) for f in await there.custom_fields()] == [("Age", "integer")]
            assert await there.lists() == [RemoteList(spring.id, "Spring")]
