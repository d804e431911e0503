"""The Autopilot API v1."""

from __future__ import annotations

import ssl
import time
from collections.abc import AsyncIterator, Sequence
from types import TracebackType
from typing import Any, Final, Self

import msgspec

from store.keys.key import Key
from workers.destinations import calls, paging, problems, replies
from workers.destinations.address import segment
from workers.destinations.answers import Answer, content, verdict, words_of
from workers.destinations.base import (
    Account,
    BeforeSend,
    ConnectReport,
    CustomField,
    Outcome,
    Refused,
    RemoteList,
    Unknown,
)
from workers.destinations.service import Patience, Service, outcome_of
from workers.destinations.transport import DEADLINE, KeyHeader, Slots, Transport

SERVICE: Final = "Autopilot"
# The status of a path that a service may not have. What is only asked to warn, or to foresee what a run
# will need, ends no plan where there is no such path.
_NOT_SERVED: Final = (404, 405)


class Autopilot:
    """An account at Autopilot.

    Args:
        base_url: where the API answers, with or without `/v1`.
        key: the account's API key.
        pacer: says when a request may leave, and hears of every 429.
        in_flight: how many requests may be under way at once.
        before_send: asked after the slot and before the first byte; False keeps a request here.
        deadline: seconds after which a request that has left counts as unanswered.
        read_timeout: seconds of silence that are borne.
        connect_timeout: seconds to get a connection.
        patience: of calls that read, and of the one that makes a list.
        trust: certificates to trust instead of the usual ones.
    """

    def __init__(
        self,
        base_url: str,
        key: Key,
        pacer: Slots,
        *,
        in_flight: int = 4,
        before_send: BeforeSend | None = None,
        deadline: float = DEADLINE,
        read_timeout: float = 60.0,
        connect_timeout: float = 15.0,
        patience: Patience | None = None,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._transport = Transport(
            base_url,
            KeyHeader(calls.KEY_HEADER, key),
            pacer,
            in_flight=in_flight,
            before_send=before_send,
            deadline=deadline,
            read_timeout=read_timeout,
            connect_timeout=connect_timeout,
            trust=trust,
        )
        self.origin = self._transport.origin
        self._service = Service(SERVICE, self._transport, pacer, patience or Patience())

    @property
    def before_send(self) -> BeforeSend | None:
        """Asked after the slot and before the first byte; False keeps a request here."""
        return self._transport.before_send

    @before_send.setter
    def before_send(self, hook: BeforeSend | None) -> None:
        self._transport.before_send = hook

    def persevere(self, tries: int) -> None:
        """Put each question so often from now on, before it is in vain."""
        self._service.persevere(tries)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close every connection."""
        await self._transport.aclose()

    # Reading.

    async def connect(self) -> ConnectReport:
        """Ask whose key this is, and count the lists."""
        began = time.monotonic()
        account = await self._account()
        seconds = time.monotonic() - began
        return ConnectReport(account, len(await self.lists()), seconds)

    async def lists(self) -> list[RemoteList]:
        """Every list of the account."""
        body = await self._service.read("/lists")
        found = body.get("lists") if isinstance(body, dict) else None
        if not isinstance(found, list):
            raise self._service.foreign()
        return [
            RemoteList(entry["list_id"], str(entry.get("title", "")))
            for entry in found
            if isinstance(entry, dict) and isinstance(entry.get("list_id"), str)
        ]

    async def list_size(self, list_id: str) -> int | None:
        """How many contacts the list holds; None if the service does not say."""
        return paging.total(await self._read_list(f"/list/{segment(list_id)}/contacts"))

    async def contact_count(self) -> int | None:
        """How many contacts the account holds; None if the service does not say."""
        answer = await self._service.ask("/contacts", _NOT_SERVED)
        return paging.total(content(answer)) if answer.is_success else None

    async def members(self, list_id: str) -> AsyncIterator[str]:
        """The addresses on a list, lower-cased, each once."""
        pages = paging.Pages(f"/list/{segment(list_id)}/contacts")
        while (path := pages.next_path) is not None:
            for email in pages.addresses(await self._read_list(path)):
                yield email

    async def is_member(self, list_id: str, email: str) -> bool | None:
        """Whether the contact is on the list; None if contact or list is not to be found."""
        answer = await self._service.ask(f"/list/{segment(list_id)}/contact/{segment(email)}")
        if answer.is_success:
            return True
        self._service.expect_not_found(answer)
        return None if words_of(answer, content(answer)) else False

    async def custom_fields(self) -> list[CustomField] | None:
        """The account's own fields, without deleted ones; None if the service does not say."""
        answer = await self._service.ask("/contacts/custom_fields", _NOT_SERVED)
        if not answer.is_success:
            return None
        body = content(answer)
        if not isinstance(body, list):
            raise self._service.foreign()
        return [
            CustomField(entry["name"], str(entry.get("fieldType", "")))
            for entry in body
            if isinstance(entry, dict)
            and isinstance(entry.get("name"), str)
            and not entry.get("deleted")
        ]

    async def get_contact(self, email: str) -> dict[str, Any] | None:
        """What Autopilot holds on one address; None if it knows none."""
        answer = await self._service.ask(f"/contact/{segment(email)}")
        if not answer.is_success:
            self._service.expect_not_found(answer)
            return None
        body = content(answer)
        if not isinstance(body, dict):
            raise self._service.foreign()
        return body

    # Writing.

    async def create_list(self, title: str) -> RemoteList:
        """The list of exactly this title, made if there is none.

        A title is looked up before a list is made, and again before a second attempt: an answer
        that got lost must not end in two lists.

        Raises:
            SeveralLists: several lists carry the title.
        """
        found = await self._titled(title)
        if found is not None:
            return found
        outcome: Outcome = Unknown("")
        for _ in range(2):
            body = msgspec.json.encode({"name": title})
            answer = await self._service.insist("POST", "/list", body)
            if isinstance(answer, Answer):
                found = replies.to_new_list(answer, title)
            found = found or await self._titled(title)
            if found is not None:
                return found
            outcome = outcome_of(answer)
            if not isinstance(outcome, Unknown):
                break
        if isinstance(outcome, Refused) and outcome.status == 409:
            raise problems.title_taken(SERVICE, title, await self.lists(), outcome)
        raise self._service.problem(outcome)

    async def send_bulk(self, bodies: Sequence[str], emails: Sequence[str]) -> Outcome:
        """Add or update up to 100 contacts in one request.

        Args:
            bodies: the finished JSON text of each contact.
            emails: their addresses, position by position, to find them in the answer.
        """
        answer = await self._service.call(*calls.bulk(bodies))
        if not isinstance(answer, Answer):
            return answer
        return replies.to_bulk(answer, emails) if answer.is_success else verdict(answer)

    async def send_one(self, body: str, email: str) -> Outcome:
        """Add or update one contact."""
        answer = await self._service.call(*calls.single(body))
        if not isinstance(answer, Answer):
            return answer
        return replies.to_single(answer) if answer.is_success else verdict(answer)

    async def join_list(self, list_id: str, email: str) -> Outcome:
        """Put a contact that exists on a list."""
        answer = await self._service.call(*calls.join(list_id, email))
        if not isinstance(answer, Answer):
            return answer
        return replies.to_join(answer) if answer.is_success else verdict(answer)

    # The rest.

    async def _account(self) -> Account:
        """Whose key this is. A service without that call is asked for its lists instead."""
        body = content(await self._service.ask("/account", (404, 405, 501)))
        if not isinstance(body, dict):
            return Account("", None)
        name, email = body.get("fullName"), body.get("email")
        return Account(
            name if isinstance(name, str) else "",
            email if isinstance(email, str) and email else None,
        )

    async def _titled(self, title: str) -> RemoteList | None:
        found = [entry for entry in await self.lists() if entry.title == title]
        if len(found) > 1:
            raise problems.SeveralLists(
                f"{len(found)} lists at {SERVICE} carry the same title.",
                f"Choose one by its id: {', '.join(entry.id for entry in found)}.",
            )
        return found[0] if found else None

    async def _read_list(self, path: str) -> Any:  # noqa: ANN401 - whatever the service sent
        try:
            return await self._service.read(path)
        except problems.RefusedThere as refused:
            if refused.status != 404:
                raise
            raise problems.list_gone(SERVICE, refused) from None
