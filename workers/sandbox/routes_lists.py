"""The endpoints about lists, the account, and what an exporter only looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workers.sandbox.answers import (
    Answer,
    Refused,
    bad_request,
    empty,
    no_such_path,
    not_found,
    ok,
    problem,
)
from workers.sandbox.routes_contacts import find_contact, page

if TYPE_CHECKING:
    from workers.sandbox.simulator import Call


def get_account(call: Call) -> Answer:
    """GET /v1/account."""
    modes = call.modes
    if not modes.account:
        return no_such_path(call.path)
    return ok(
        {
            "instanceId": "sandbox",
            "fullName": modes.account_name,
            "email": modes.account_email,
            "timezone": "UTC",
        }
    )


def get_custom_fields(call: Call) -> Answer:
    """GET /v1/contacts/custom_fields: a bare array."""
    types = call.store.field_types
    return ok([{"name": name, "fieldType": kind, "deleted": False} for name, kind in types.items()])


def get_lists(call: Call) -> Answer:
    """GET /v1/lists: all of them, not paged."""
    return ok({"lists": [{"list_id": i, "title": title} for i, title in call.store.lists()]})


def post_list(call: Call) -> Answer:
    """POST /v1/list."""
    name = call.json().get("name")
    if not isinstance(name, str) or not name.strip():
        raise bad_request("No list name provided.")
    exists = any(title == name for _, title in call.store.lists())
    if exists and call.modes.duplicate_list == "conflict":
        return problem(409, "A list with this name already exists.")
    answer = {"list_id": call.store.add_list(name)}
    if call.modes.list_answer_name:
        answer["name"] = name
    return ok(answer)


def delete_list(call: Call) -> Answer:
    """DELETE /v1/list/{list}."""
    _find_list(call)
    call.store.delete_list(call.params["list"])
    return empty(204)


def _find_list(call: Call) -> str:
    list_id = call.params["list"]
    if call.store.title(list_id) is None:
        raise not_found("List does not exist.")
    return list_id


def post_member(call: Call) -> Answer:
    """POST /v1/list/{list}/contact/{id or email}."""
    list_id, person = _find_list(call), find_contact(call)
    call.visit.contacts = 1
    if call.store.is_member(list_id, person.contact_id):
        return ok({"not_modified": True})
    call.store.join(list_id, [person.contact_id])
    call.visit.accepted = 1
    return ok({})


def delete_member(call: Call) -> Answer:
    """DELETE /v1/list/{list}/contact/{id or email}."""
    list_id, person = _find_list(call), find_contact(call)
    if not call.store.is_member(list_id, person.contact_id):
        return ok({"not_modified": True})
    call.store.leave(list_id, person.contact_id)
    return ok({})


def get_member(call: Call) -> Answer:
    """GET /v1/list/{list}/contact/{id or email}: 404 with `{}` for somebody not on it."""
    list_id, person = _find_list(call), find_contact(call)
    if call.store.is_member(list_id, person.contact_id):
        return ok({})
    return Answer(404, b"{}")


def get_list_contacts(call: Call) -> Answer:
    """GET /v1/list/{list}/contacts[/{bookmark}]: an unknown list is an error without a body."""
    list_id = call.params["list"]
    if call.store.title(list_id) is None:
        raise Refused(empty(404))
    return page(call, list_id)


def get_smart_segments(call: Call) -> Answer:
    """GET /v1/smart_segments: there are none."""
    return ok({"segments": []})


def get_triggers(call: Call) -> Answer:
    """GET /v1/triggers: there are none."""
    return ok({"triggers": []})
