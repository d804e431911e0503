"""The seam that every destination fulfils, and the words for what came of a call.

Reading calls return what they read, or raise a `problems.DestinationProblem`. Writing calls never
raise for what the network or the service did: they return one of these, so that a deliverer must
decide on each of them.

    Outcome
    ├── Delivered     the service took it, but for the positions in `missing`
    ├── Refused       a definite no to the whole request; nothing of it was taken
    ├── Throttled     too fast; nothing of it was taken, and the pacer has been told
    ├── NotSent       nothing left this machine; sending it again repeats nothing
    │   └── Halted    because `before_send` said so, after the slot and before the first byte
    ├── Unknown       it may have been taken: no answer, a broken one, or a server's failure
    ├── KeyRefused    the key is not accepted; every further request would end alike
    └── Misdirected   what answers there is not this service: a configuration error

`words` and `reason` may quote the service. They are not ours: show them through `safe_text`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from enum import Enum
from types import TracebackType
from typing import Any, Protocol, Self, TypeAlias

import msgspec

BeforeSend: TypeAlias = Callable[[], bool | Awaitable[bool]]
"""Asked after the pacer's slot and before the first byte; False keeps the request here."""


class Cause(Enum):
    """Why nothing left this machine."""

    NAME = "the host name is not known"
    REFUSED = "the connection was refused"
    TLS = "the connection is not trusted"
    SILENT = "the host does not answer"
    UNREACHABLE = "the host cannot be reached"
    HALTED = "the run was told to stop"


class Outcome(msgspec.Struct, frozen=True):
    """What came of one writing request."""


class Delivered(Outcome, frozen=True):
    """The service acknowledged the request.

    Attributes:
        missing: positions among those sent that the answer does not vouch for, ascending. Each is
            worth one call of its own, which says what is wrong with it.
        unchanged: the service said that there was nothing to change.
    """

    missing: tuple[int, ...] = ()
    unchanged: bool = False


class Refused(Outcome, frozen=True):
    """A definite no (a 4xx that is about the content): nothing of the request was taken.

    Attributes:
        status: the HTTP status.
        words: what the service said about it, at most 500 characters.
    """

    status: int
    words: str

    @property
    def list_is_gone(self) -> bool:
        """The list that was named does not exist at the destination."""
        words = self.words.lower()
        return (self.status == 404 and (not words or "list" in words)) or (
            self.status == 400 and "list does not exist" in words
        )


class Throttled(Outcome, frozen=True):
    """Too many requests. The pacer knows already and makes the next slot wait.

    Attributes:
        wait: seconds that the service asked for, at most 300; None if it named none.
        words: what the service said about it.
    """

    wait: float | None
    words: str = ""


class NotSent(Outcome, frozen=True):
    """Nothing left this machine."""

    reason: str
    cause: Cause


class Halted(NotSent, frozen=True):
    """`before_send` kept the request here."""

    reason: str = Cause.HALTED.value
    cause: Cause = Cause.HALTED


class Unknown(Outcome, frozen=True):
    """The request may or may not have been taken.

    Attributes:
        reason: what happened instead of an answer.
        status: the HTTP status, if one came.
        wait: seconds that the service asked to wait, if it did.
    """

    reason: str
    status: int | None = None
    wait: float | None = None


class KeyRefused(Outcome, frozen=True):
    """The key is missing, wrong or not allowed to do this."""

    words: str
    status: int = 401


class Misdirected(Outcome, frozen=True):
    """What answers at the base URL is not this service (or sends us elsewhere)."""

    reason: str
    status: int


class Account(msgspec.Struct, frozen=True):
    """Whose account a key opens; nameless where the service does not say."""

    name: str
    email: str | None


class RemoteList(msgspec.Struct, frozen=True):
    """A list at the destination. Its id is what counts; titles change."""

    id: str
    title: str


class CustomField(msgspec.Struct, frozen=True):
    """A field that the account defines itself; `kind` is the service's word for its type."""

    name: str
    kind: str


class ConnectReport(msgspec.Struct, frozen=True):
    """What a connection test found.

    Attributes:
        account: whose account it is.
        lists: how many lists it has.
        seconds: how long the first answer took.
    """

    account: Account
    lists: int
    seconds: float


class Destination(Protocol):
    """A service that takes contacts and keeps them on lists."""

    origin: str
    before_send: BeforeSend | None

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    async def aclose(self) -> None:
        """Close every connection."""

    def persevere(self, tries: int) -> None:
        """Put each question so often from now on, before it is in vain."""

    async def connect(self) -> ConnectReport:
        """Ask who we are there; the cheapest proof that address and key fit."""

    async def lists(self) -> list[RemoteList]:
        """Every list of the account."""

    async def create_list(self, title: str) -> RemoteList:
        """The list of exactly this title, made if there is none."""

    async def list_size(self, list_id: str) -> int | None:
        """How many contacts the list holds; None if the service does not say."""

    async def contact_count(self) -> int | None:
        """How many contacts the account holds; None if the service does not say."""

    def members(self, list_id: str) -> AsyncIterator[str]:
        """The addresses on a list, lower-cased, each once."""

    async def is_member(self, list_id: str, email: str) -> bool | None:
        """Whether the contact is on the list; None if contact or list is not to be found."""

    async def custom_fields(self) -> list[CustomField] | None:
        """The account's own fields; None if the service does not say."""

    async def get_contact(self, email: str) -> dict[str, Any] | None:
        """What the service holds on one address; None if it knows none."""

    async def send_bulk(self, bodies: Sequence[str], emails: Sequence[str]) -> Outcome:
        """Add or update contacts, each given as finished JSON text, in one request."""

    async def send_one(self, body: str, email: str) -> Outcome:
        """Add or update one contact."""

    async def join_list(self, list_id: str, email: str) -> Outcome:
        """Put a contact that exists on a list."""
