"""What Autopilot says when it says yes: whom a bulk answer vouches for, and the like.

A yes that does not say what was done is `Unknown`: it may come from a proxy, or be cut off.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from workers.destinations.answers import NOT_JSON, Answer, content
from workers.destinations.base import Delivered, Outcome, RemoteList, Unknown


class _Bulk(msgspec.Struct):
    """The parts of a bulk answer that count; the map is missing from old answers."""

    contact_ids: list[Any] | None = None
    email_contact_map: dict[str, Any] | None = None


_BULK: Final = msgspec.json.Decoder(_Bulk)


def to_bulk(answer: Answer, emails: Sequence[str]) -> Outcome:
    """Which of the addresses the answer vouches for: by its map, or all of them by their number."""
    if answer.flaw:
        return Unknown(answer.flaw, answer.status)
    try:
        reply = _BULK.decode(answer.body)
    except NOT_JSON:
        return Unknown("the answer is not Autopilot's, or was cut off", answer.status)
    known = reply.email_contact_map
    if known is not None:
        return Delivered(_not_in(known, emails))
    if reply.contact_ids is None:
        return Unknown("the answer names no contacts", answer.status)
    complete = len(reply.contact_ids) == len(emails) and all(reply.contact_ids)
    return Delivered(() if complete else tuple(range(len(emails))))


def to_single(answer: Answer) -> Outcome:
    """Whether the one contact was taken."""
    reply = content(answer)
    if isinstance(reply, dict) and reply.get("contact_id"):
        return Delivered()
    return Unknown(answer.flaw or "the answer does not name the contact", answer.status)


def to_join(answer: Answer) -> Outcome:
    """Whether the contact is on the list now; this call may answer with nothing at all."""
    if answer.flaw:
        return Unknown(answer.flaw, answer.status)
    reply = content(answer)
    if isinstance(reply, dict):
        return Delivered(unchanged=bool(reply.get("not_modified")))
    if answer.body.strip():
        return Unknown("the answer is not Autopilot's", answer.status)
    return Delivered()


def to_new_list(answer: Answer, title: str) -> RemoteList | None:
    """The list that was made; None if the answer does not name one."""
    body = content(answer)
    list_id = body.get("list_id") if answer.is_success and isinstance(body, dict) else None
    return RemoteList(list_id, title) if isinstance(list_id, str) and list_id else None


def _not_in(known: dict[str, Any], emails: Sequence[str]) -> tuple[int, ...]:
    """Positions of the addresses that the reply's map does not vouch for."""
    if all(map(known.get, emails)):
        return ()
    # The service may give an address back in another case than it was sent.
    lowered = {email.lower() for email, contact in known.items() if contact}
    return tuple(position for position, email in enumerate(emails) if email.lower() not in lowered)
