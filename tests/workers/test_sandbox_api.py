"""The simulator against what is known of the Autopilot API v1."""

from __future__ import annotations

import httpx
import pytest

from workers.sandbox.modes import DEMO_KEY
from workers.sandbox.server import running


@pytest.fixture
def sandbox():
    with running(rate=0) as sandbox:
        yield sandbox


@pytest.fixture
def api(sandbox):
    with httpx.Client(base_url=sandbox.base_url, headers=sandbox.headers, verify=False) as client:
        yield client


def bulk(api, *contacts):
    return api.post("/contacts", json={"contacts": list(contacts)})


def one(api, **contact):
    return api.post("/contact", json={"contact": contact})


# --- the order: header, throttle, routing, handler ------------------------------------------


def test_missing_key_is_400_and_wrong_key_401_even_for_unknown_paths(sandbox):
    missing = httpx.get(f"{sandbox.base_url}/nowhere")
    assert missing.status_code == 400
    assert missing.json() == {
        "error": "Bad Request",
        "message": "No autopilotapikey header provided.",
    }
    wrong = httpx.get(f"{sandbox.base_url}/nowhere", headers={"autopilotapikey": "x" * 32})
    assert wrong.status_code == 401
    assert wrong.json() == {
        "error": "Unauthorized",
        "message": "Provided autopilotapikey not valid.",
    }


def test_unknown_path_and_wrong_method_answer_in_the_other_envelope(api):
    unknown = api.get("/nowhere")
    assert (unknown.status_code, unknown.json()) == (
        404,
        {"code": "ResourceNotFound", "message": "/v1/nowhere does not exist"},
    )
    wrong = api.put("/contact", json={})
    assert (wrong.status_code, wrong.json()) == (
        405,
        {"code": "MethodNotAllowedError", "message": "PUT is not allowed"},
    )


def test_the_header_name_is_case_insensitive_and_answers_are_json(sandbox):
    answer = httpx.get(f"{sandbox.base_url}/lists", headers={"Autopilotapikey": DEMO_KEY})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert not [name for name in answer.headers if "rate" in name or "retry" in name]


def test_account_names_who_owns_it_and_may_be_missing(sandbox, api):
    assert api.get("/account").json()["email"] == "marketing@example.com"
    sandbox.set_modes(account=False)
    assert api.get("/account").status_code == 404


def test_a_body_that_is_not_json_is_a_400(api):
    answer = api.post("/contacts", content=b'{"contacts": [')
    assert answer.status_code == 400
    assert answer.json()["code"] == "InvalidContent"


# --- one contact ----------------------------------------------------------------------------


def test_create_and_update_answer_alike_and_match_by_folded_address(api):
    first = one(api, Email="Ada@Example.com", FirstName="Ada", Phone="1")
    again = one(api, Email=" ada@example.COM ", LastName="Lovelace")
    assert first.status_code == again.status_code == 200
    assert first.json() == again.json()
    assert first.json()["contact_id"].startswith("person_")
    person = api.get("/contact/ada@example.com").json()
    assert (person["Name"], person["Phone"]) == ("Ada Lovelace", "1")
    assert person["created_at"].endswith("Z")
    assert "updated_at" in person


def test_a_fresh_contact_has_no_update_time_and_no_custom_fields(api):
    one(api, Email="a@example.com")
    person = api.get("/contact/a@example.com").json()
    assert "updated_at" not in person
    assert "custom_fields" not in person
    assert "Name" not in person


def test_without_an_address_every_post_makes_another_contact(api):
    ids = {one(api, FirstName="Nobody").json()["contact_id"] for _ in range(3)}
    assert len(ids) == 3
    assert api.get("/contacts").json()["total_contacts"] == 3


def test_an_empty_contact_is_refused(api):
    for answer in (one(api), bulk(api, {}), bulk(api)):
        assert (answer.status_code, answer.json()["message"]) == (
            400,
            "No contact details provided.",
        )


def test_merge_overwrites_all_or_keeps_names(sandbox, api):
    one(api, Email="a@example.com", FirstName="Old", Company="Old")
    sandbox.set_modes(merge="keep-names")
    one(api, Email="A@example.com", FirstName="New", LastName="Added", Company="New")
    person = api.get("/contact/a@example.com").json()
    assert [person[n] for n in ("Email", "FirstName", "LastName", "Company")] == [
        "a@example.com",
        "Old",
        "Added",
        "New",
    ]
    sandbox.set_modes(merge="overwrite-all")
    one(api, Email="A@example.com", FirstName="New")
    person = api.get("/contact/a@example.com").json()
    assert (person["Email"], person["FirstName"]) == ("A@example.com", "New")


def test_new_email_moves_a_contact(api):
    created = one(api, Email="old@example.com").json()
    moved = one(api, Email="old@example.com", _NewEmail="New@example.com")
    assert moved.json() == created
    assert api.get("/contact/old@example.com").status_code == 404
    assert api.get("/contact/new@example.com").json()["contact_id"] == created["contact_id"]


@pytest.mark.parametrize(
    "address", ["no-at.example.com", "a@b", "a b@example.com", "ü@example.com", "a@-x.test"]
)
def test_a_bad_address_is_refused_skipped_or_taken_as_the_mode_says(sandbox, api, address):
    assert one(api, Email=address).status_code == 400
    assert bulk(api, {"Email": "ok@example.com"}, {"Email": address}).status_code == 400
    assert sandbox.contacts() == {}
    sandbox.set_modes(invalid_email="skipped")
    answer = bulk(api, {"Email": "ok@example.com"}, {"Email": address}).json()
    assert list(answer["email_contact_map"]) == ["ok@example.com"]
    assert len(answer["contact_ids"]) == 1
    sandbox.set_modes(invalid_email="accepted")
    assert one(api, Email=address).status_code == 200


def test_reading_needs_an_id_or_an_address(api):
    created = one(api, Email="a/b+c@example.com").json()["contact_id"]
    assert api.get(f"/contact/{created}").json()["Email"] == "a/b+c@example.com"
    assert api.get("/contact/a%2Fb%2Bc@example.com").json()["contact_id"] == created
    bad = api.get("/contact/nonsense")
    assert (bad.status_code, bad.json()["message"]) == (
        400,
        "Invalid contact_id_or_email value provided.",
    )
    gone = api.get("/contact/who@example.com")
    assert (gone.status_code, gone.json()) == (
        404,
        {"error": "Not Found", "message": "Contact could not be found."},
    )


@pytest.mark.parametrize(("mode", "body"), [(200, b"{}"), (204, b"")])
def test_delete_answers_200_or_204_and_404_afterwards(sandbox, api, mode, body):
    sandbox.set_modes(delete_answer=mode)
    one(api, Email="a@example.com")
    answer = api.delete("/contact/a@example.com")
    assert (answer.status_code, answer.content) == (mode, body)
    again = api.delete("/contact/a@example.com")
    assert again.status_code == 404
    assert again.json()["message"].startswith("Could not delete contact")


def test_unsubscribe_has_no_body_and_can_be_undone(api):
    one(api, Email="a@example.com")
    assert api.post("/contact/a@example.com/unsubscribe").json() == {}
    assert api.get("/contact/a@example.com").json()["unsubscribed"] is True
    one(api, Email="a@example.com", unsubscribed=False)
    assert api.get("/contact/a@example.com").json()["unsubscribed"] is False


# --- custom fields --------------------------------------------------------------------------


def test_custom_fields_come_into_being_and_read_back_by_their_names(api):
    custom = {"string--Test--Field": "x", "integer--NPS--Rating": 10, "boolean--VIP": True}
    one(api, Email="a@example.com", custom=custom | {"date--Født": "1990-02-03"})
    person = api.get("/contact/a@example.com").json()
    assert {"kind": "NPS Rating", "value": 10, "fieldType": "integer", "deleted": False} in person[
        "custom_fields"
    ]
    schema = api.get("/contacts/custom_fields").json()
    assert isinstance(schema, list)
    assert {each["name"]: each["fieldType"] for each in schema} == {
        "Test Field": "string",
        "NPS Rating": "integer",
        "VIP": "boolean",
        "Født": "date",
    }


def test_undeclared_fields_can_be_refused(sandbox, api):
    sandbox.set_modes(undeclared_fields="rejected", declared={"Known": "string"})
    assert one(api, Email="a@example.com", custom={"string--Known": "x"}).status_code == 200
    refused = one(api, Email="a@example.com", custom={"string--Unknown": "x"})
    assert (refused.status_code, "Unknown" in refused.json()["message"]) == (400, True)


def test_type_conflicts_can_be_refused(sandbox, api):
    one(api, Email="a@example.com", custom={"integer--NPS": 1})
    assert one(api, Email="a@example.com", custom={"string--NPS": "1"}).status_code == 200
    sandbox.set_modes(type_conflicts="rejected")
    assert one(api, Email="a@example.com", custom={"string--NPS": "1"}).status_code == 400
    assert one(api, Email="a@example.com", custom={"integer--NPS": 2}).status_code == 200


@pytest.mark.parametrize(
    "custom",
    [
        {"integer--A": "1"},
        {"integer--A": True},
        {"integer--A": 1.5},
        {"float--A": "1"},
        {"boolean--A": "true"},
        {"date--A": "yesterday"},
        {"string--A": 1},
        {"text--A": "x"},
        {"A": "x"},
    ],
)
def test_a_value_must_be_of_its_type(api, custom):
    assert one(api, Email="a@example.com", custom=custom).status_code == 400


def test_a_standard_field_is_text(api):
    assert one(api, Email="a@example.com", Phone=123).status_code == 400
    assert one(api, Email="a@example.com", unsubscribed="yes").status_code == 400
    assert one(api, Email="a@example.com", NumberOfEmployees=123).status_code == 200


# --- bulk -----------------------------------------------------------------------------------


def test_bulk_answers_in_order_with_a_map_of_addresses_as_sent(api):
    answer = bulk(api, {"Email": "B@example.com"}, {"Email": "a@example.com"}, {"FirstName": "No"})
    body = answer.json()
    assert list(body["email_contact_map"]) == ["B@example.com", "a@example.com"]
    assert body["contact_ids"][:2] == list(body["email_contact_map"].values())
    assert len(body["contact_ids"]) == 3
    assert body["_removeResultKeys"] == ["proposedContacts"]


def test_bulk_in_the_shape_of_2015_has_no_map(sandbox, api):
    sandbox.set_modes(bulk_map=False)
    assert list(bulk(api, {"Email": "a@example.com"}).json()) == ["contact_ids"]


def test_bulk_takes_100_and_no_more(sandbox, api):
    people = [{"Email": f"p{n}@example.com"} for n in range(101)]
    assert bulk(api, *people).status_code == 400
    assert sandbox.contacts() == {}
    assert len(bulk(api, *people[:100]).json()["contact_ids"]) == 100
    assert len(sandbox.contacts()) == 100


def test_an_address_twice_in_a_batch_is_one_contact(sandbox, api):
    answer = bulk(
        api,
        {"Email": "a@example.com", "FirstName": "1"},
        {"Email": "A@example.com", "FirstName": "2"},
    ).json()
    assert len(set(answer["contact_ids"])) == 1
    assert sandbox.contacts()["a@example.com"]["FirstName"] == "2"


def test_absorbing_answers_without_keeping(sandbox, api):
    sandbox.set_modes(absorb=True)
    answer = bulk(api, {"Email": "a@example.com"}, {"Email": "b@example.com"}).json()
    assert list(answer["email_contact_map"]) == ["a@example.com", "b@example.com"]
    assert sandbox.contacts() == {}
    assert sandbox.accepted() == {"a@example.com": 1, "b@example.com": 1}


# --- paging ---------------------------------------------------------------------------------


def pages(api, path):
    found, bookmark = [], ""
    while True:
        page = api.get(f"{path}/{bookmark}" if bookmark else path).json()
        found.append(page)
        if "bookmark" not in page:
            return found
        bookmark = page["bookmark"]


def fill(api, count):
    for start in range(0, count, 100):
        bulk(
            api,
            *({"Email": f"p{n}@example.com"} for n in range(start, min(count, start + 100))),
        )


def test_pages_of_100_ascend_and_the_last_has_no_bookmark(api):
    fill(api, 250)
    found = pages(api, "/contacts")
    assert [len(page["contacts"]) for page in found] == [100, 100, 50]
    assert {page["total_contacts"] for page in found} == {250}
    ids = [person["contact_id"] for page in found for person in page["contacts"]]
    assert ids == sorted(set(ids))


def test_a_full_last_page_has_no_bookmark_either(api):
    fill(api, 100)
    [page] = pages(api, "/contacts")
    assert "bookmark" not in page


def test_pages_can_overlap_by_one_row(sandbox, api):
    fill(api, 250)
    sandbox.set_modes(page_overlap=True)
    first, second, third = (
        [p["contact_id"] for p in page["contacts"]] for page in pages(api, "/contacts")
    )
    assert first[-1] == second[0]
    assert second[-1] == third[0]
    assert len({*first, *second, *third}) == 250


def test_the_contacts_of_a_list_page_alike(api):
    list_id = api.post("/list", json={"name": "L"}).json()["list_id"]
    people = [{"Email": f"p{n}@example.com", "_autopilot_list": list_id} for n in range(100)]
    bulk(api, *people)
    bulk(api, *({"Email": f"q{n}@example.com"} for n in range(100)))
    bulk(api, *({"Email": f"r{n}@example.com", "_autopilot_list": list_id} for n in range(20)))
    found = pages(api, f"/list/{list_id}/contacts")
    assert [len(page["contacts"]) for page in found] == [100, 20]
    assert {page["total_contacts"] for page in found} == {120}
    assert all(person["lists"] == [list_id] for page in found for person in page["contacts"])
    unknown = api.get("/list/contactlist_NONE/contacts")
    assert (unknown.status_code, unknown.content) == (404, b"")


# --- lists ----------------------------------------------------------------------------------


def test_a_list_has_a_name_when_made_and_a_title_when_read(sandbox, api):
    made = api.post("/list", json={"name": "VIP 客戶"}).json()
    assert made["name"] == "VIP 客戶"
    assert api.get("/lists").json() == {
        "lists": [{"list_id": made["list_id"], "title": "VIP 客戶"}]
    }
    sandbox.set_modes(list_answer_name=False)
    assert list(api.post("/list", json={"name": "B"}).json()) == ["list_id"]


def test_a_second_list_of_one_name_is_a_conflict_or_made(sandbox, api):
    api.post("/list", json={"name": "A"})
    conflict = api.post("/list", json={"name": "A"})
    assert (conflict.status_code, conflict.json()) == (
        409,
        {"error": "Conflict", "message": "A list with this name already exists."},
    )
    sandbox.set_modes(duplicate_list="second")
    assert api.post("/list", json={"name": "A"}).status_code == 200
    assert len(api.get("/lists").json()["lists"]) == 2


def test_membership_is_added_looked_up_and_removed(api):
    list_id = api.post("/list", json={"name": "A"}).json()["list_id"]
    one(api, Email="a@example.com")
    path = f"/list/{list_id}/contact/a@example.com"
    absent = api.get(path)
    assert (absent.status_code, absent.json()) == (404, {})
    assert api.post(path).json() == {}
    assert api.post(path).json() == {"not_modified": True}
    assert api.get(path).status_code == 200
    assert api.delete(path).json() == {}
    assert api.delete(path).json() == {"not_modified": True}
    nobody = api.post(f"/list/{list_id}/contact/b@example.com")
    assert (nobody.status_code, nobody.json()["message"]) == (404, "Contact could not be found.")
    nowhere = api.post("/list/contactlist_NONE/contact/a@example.com")
    assert (nowhere.status_code, nowhere.json()["message"]) == (404, "List does not exist.")


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("honoured", {"old@example.com", "new@example.com"}),
        ("create-only", {"new@example.com"}),
        ("ignored", set()),
    ],
)
def test_joining_a_list_in_a_bulk_call_depends_on_the_mode(sandbox, api, mode, expected):
    list_id = api.post("/list", json={"name": "A"}).json()["list_id"]
    one(api, Email="old@example.com")
    sandbox.set_modes(bulk_list_key=mode)
    bulk(
        api,
        {"Email": "old@example.com", "_autopilot_list": list_id},
        {"Email": "new@example.com", "_autopilot_list": list_id},
    )
    assert sandbox.members("A") == expected
    one(api, Email="old@example.com", _autopilot_list=list_id)
    assert sandbox.members(list_id) == expected | {"old@example.com"}


def test_joining_a_list_that_is_gone_is_a_404_or_nothing(sandbox, api):
    contact = {"Email": "a@example.com", "_autopilot_list": "contactlist_GONE"}
    assert bulk(api, contact).status_code == 404
    assert sandbox.contacts() == {}
    sandbox.set_modes(unknown_list="ignored")
    assert bulk(api, contact).status_code == 200


def test_somebody_renames_and_deletes_lists(sandbox, api):
    list_id = api.post("/list", json={"name": "A"}).json()["list_id"]
    one(api, Email="a@example.com", _autopilot_list=list_id)
    sandbox.rename_list(list_id, "B")
    assert sandbox.lists() == {list_id: "B"}
    sandbox.delete_list(list_id)
    assert sandbox.lists() == {}
    assert "lists" not in sandbox.contacts()["a@example.com"]


def test_there_are_no_smart_segments_and_no_triggers(api):
    assert api.get("/smart_segments").json() == {"segments": []}
    assert api.get("/triggers").json() == {"triggers": []}


# --- its record -----------------------------------------------------------------------------


def test_the_record_knows_every_request_and_whom_it_stored(sandbox, api):
    bulk(api, {"Email": "A@example.com"}, {"Email": "b@example.com"})
    one(api, Email="a@example.com")
    api.get("/lists")
    seen = sandbox.requests()
    assert [(v.method, v.path, v.contacts, v.accepted, v.status) for v in seen] == [
        ("POST", "/v1/contacts", 2, 2, 200),
        ("POST", "/v1/contact", 1, 1, 200),
        ("GET", "/v1/lists", 0, 0, 200),
    ]
    assert sandbox.accepted() == {"a@example.com": 2, "b@example.com": 1}
    assert sandbox.requests(since=seen[1].number) == seen[2:]
    sandbox.forget()
    assert sandbox.requests() == []
    assert len(sandbox.contacts()) == 2


def test_a_mode_of_no_such_name_or_value_is_refused(sandbox):
    with pytest.raises(ValueError, match="merge"):
        sandbox.set_modes(merge="guess")
    with pytest.raises(ValueError, match="speed"):
        sandbox.set_modes(speed=1)
