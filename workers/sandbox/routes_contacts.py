"""The endpoints about contacts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from workers.sandbox.answers import Answer, Refused, bad_request, empty, not_found, ok, problem
from workers.sandbox.people import Stored, Writer, new_ids, shown
from workers.sandbox.values import Reader, is_address

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workers.sandbox.simulator import Call
    from workers.sandbox.store import Held
    from workers.sandbox.values import Prepared

BULK_LIMIT = 100


def find_contact(call: Call) -> Held:
    """The contact that the path names by id or by address.

    Raises:
        Refused: 400 for neither, 404 if there is none.
    """
    who = call.params["who"]
    if not who.startswith("person_") and "@" not in who:
        raise bad_request("Invalid contact_id_or_email value provided.")
    person = call.store.find(who)
    if person is None:
        raise not_found("Contact could not be found.")
    return person


def post_contact(call: Call) -> Answer:
    """POST /v1/contact: add or update one."""
    contact = call.json().get("contact")
    call.visit.contacts = 1
    reader = Reader(call.modes, call.simulator.names, call.store.field_types)
    prepared = reader.read(contact)
    _poisoned(call, [prepared])
    call.store.add_fields(reader.new_fields)
    [stored] = Writer(call.store, call.modes, call.modes.list_key).write([prepared])
    call.simulator.record.accept(call.visit, [prepared.key] if prepared.key else [])
    return ok({"contact_id": stored.contact_id})


def post_contacts(call: Call) -> Answer:
    """POST /v1/contacts: add or update up to 100."""
    if call.modes.absorb:
        return _absorbed(call)
    contacts = call.json().get("contacts")
    if not isinstance(contacts, list) or not contacts:
        raise bad_request("No contact details provided.")
    call.visit.contacts = len(contacts)
    if len(contacts) > BULK_LIMIT:
        raise bad_request(f"A maximum of {BULK_LIMIT} contacts can be sent in one request.")
    reader = Reader(call.modes, call.simulator.names, call.store.field_types)
    prepared = [reader.read(contact) for contact in contacts]
    if call.modes.invalid_email == "skipped":
        prepared = [p for p in prepared if p.key is None or is_address(p.key)]
    if call.fault and call.fault.work == "half":
        prepared = prepared[: len(prepared) // 2]
    forgotten, unsaid = _poisoned(call, prepared)
    prepared = [p for n, p in enumerate(prepared) if n not in forgotten]
    call.store.add_fields(reader.new_fields)
    stored = Writer(call.store, call.modes, call.modes.bulk_list_key).write(prepared)
    call.simulator.record.accept(call.visit, [p.key for p in prepared if p.key])
    call.visit.accepted = len(prepared)
    told = [s for n, s in enumerate(stored) if n not in unsaid]
    call.visit.left_out = len(contacts) - len(told)
    return _bulk_answer(call, told)


class _Sent(msgspec.Struct):
    Email: str | None = None


class _SentBulk(msgspec.Struct):
    contacts: list[_Sent]


_decode_sent = msgspec.json.Decoder(_SentBulk).decode


def _absorbed(call: Call) -> Answer:
    try:
        emails = [contact.Email for contact in _decode_sent(call.body).contacts]
    except msgspec.MsgspecError as error:
        raise bad_request(str(error)) from None
    call.visit.contacts = len(emails)
    call.simulator.record.accept(call.visit, [email.lower() for email in emails if email])
    return _bulk_answer(call, list(map(Stored, new_ids(len(emails)), emails)))


def _poisoned(call: Call, prepared: Sequence[Prepared]) -> tuple[set[int], set[int]]:
    """The places of contacts that a rule has forgotten, or stored and left out of the answer."""
    hit = call.simulator.faults.pick_data(call.method, call.path, [p.key for p in prepared])
    if hit is None:
        return set(), set()
    rule, places = hit
    call.visit.fault = rule.action
    if rule.action == "poison":
        raise Refused(problem(rule.status or 400, rule.message))
    if call.path != "/v1/contacts":
        return set(), set()
    return (set(), set(places)) if rule.stored else (set(places), set())


def _bulk_answer(call: Call, stored: list[Stored]) -> Answer:
    if call.fault and call.fault.action == "reverse":
        stored.reverse()
    if call.fault and call.fault.action == "extra":
        extra = Stored("person_00000000-0000-0000-0000-000000000000", "nobody@sandbox.test")
        stored = [*stored, extra]
    answer: dict[str, Any] = {"contact_ids": [s.contact_id for s in stored]}
    if call.modes.bulk_map:
        answer["email_contact_map"] = {s.sent_email: s.contact_id for s in stored if s.sent_email}
        answer["_removeResultKeys"] = ["proposedContacts"]
    return ok(answer)


def get_contact(call: Call) -> Answer:
    """GET /v1/contact/{id or email}."""
    person = find_contact(call)
    lists = call.store.lists_of([person.contact_id])
    return ok(shown(person, lists.get(person.contact_id, ())))


def delete_contact(call: Call) -> Answer:
    """DELETE /v1/contact/{id or email}."""
    try:
        person = find_contact(call)
    except Refused as refused:
        if refused.answer.status != 404:
            raise
        text = "Could not delete contact as contact could not be found."
        raise not_found(text) from None
    call.store.delete_contact(person.contact_id)
    return empty(204) if call.modes.delete_answer == 204 else ok({})


def unsubscribe(call: Call) -> Answer:
    """POST /v1/contact/{id or email}/unsubscribe."""
    person = find_contact(call)
    call.store.update_fields(person, {"unsubscribed": True})
    return ok({})


def get_contacts(call: Call) -> Answer:
    """GET /v1/contacts[/{bookmark}]."""
    return page(call, None)


def page(call: Call, list_id: str | None) -> Answer:
    """A page of all contacts or of a list's: the bookmark is absent on the last one."""
    bookmark = call.params.get("bookmark", "")
    overlap = bool(bookmark) and call.modes.page_overlap
    size = call.modes.page_size + (1 if overlap else 0)
    people, total, more = call.store.page(bookmark, size, list_id=list_id, overlap=overlap)
    lists = call.store.lists_of(p.contact_id for p in people)
    answer: dict[str, Any] = {
        "contacts": [shown(p, lists.get(p.contact_id, ())) for p in people],
        "total_contacts": total,
    }
    if more:
        answer["bookmark"] = people[-1].contact_id
    return ok(answer)
