"""What can be wrong with a destination, in sentences for an operator.

    DestinationError (exit 1)
    └── DestinationProblem
        ├── Unreachable       no connection: name, refused, silent
        │   └── Untrusted     the certificate or the TLS handshake
        ├── NoAnswer          connected, and then nothing usable, or a server's failure
        ├── TooFast           throttled for longer than is worth waiting
        ├── KeyNotAccepted    the key is missing, wrong or not allowed
        ├── WrongService      what answers there is not the service
        │   └── Redirected    it answers with another address
        ├── RefusedThere      a definite no to what was asked
        │   └── ListGone      the list that was asked about is not there
        ├── SeveralLists      a title that several lists carry
        └── HaltedHere        `before_send` kept the request on this machine

`words` holds what the service itself said, raw and apart from the sentence: show it through
`safe_text`, if at all.
"""

from __future__ import annotations

from collections.abc import Sequence

from store.errors import DestinationError
from workers.destinations.base import (
    Cause,
    Halted,
    KeyRefused,
    Misdirected,
    NotSent,
    Outcome,
    Refused,
    RemoteList,
    Throttled,
    Unknown,
)


class DestinationProblem(DestinationError):
    """The destination did not do what was asked.

    Attributes:
        words: what the service said, raw.
        status: the HTTP status, if there was one.
    """

    def __init__(
        self, message: str, hint: str = "", *, words: str = "", status: int | None = None
    ) -> None:
        super().__init__(message, hint)
        self.words = words
        self.status = status


class Unreachable(DestinationProblem):
    """No connection came about."""

    about = "base_url"


class Untrusted(Unreachable):
    """The other side could not prove who it is."""


class NoAnswer(DestinationProblem):
    """There was a connection and no usable answer."""


class TooFast(DestinationProblem):
    """The service wants us to wait longer than is worth waiting here."""


class KeyNotAccepted(DestinationProblem):
    """The key is missing, wrong or not allowed."""

    about = "key"


class WrongService(DestinationProblem):
    """What answers there is not the service."""

    about = "base_url"


class Redirected(WrongService):
    """What answers there points elsewhere; we never follow, because the key would go along."""


class RefusedThere(DestinationProblem):
    """The service said no to what was asked."""


class ListGone(RefusedThere):
    """The list that was asked about is not there any more."""


class SeveralLists(DestinationProblem):
    """Several lists carry one title."""


class HaltedHere(DestinationProblem):
    """The request was kept on this machine."""


_REACH_HINTS = {
    Cause.NAME: "Look at the base URL for a typing error, and at this machine's DNS.",
    Cause.REFUSED: "Look at the base URL and its port, and whether the service is up.",
    Cause.SILENT: "Look at the base URL, and whether a firewall lets this machine out.",
    Cause.UNREACHABLE: "Look at this machine's network.",
}


def problem_of(outcome: Outcome, service: str, host: str) -> DestinationProblem:
    """The sentence for an outcome that a reading call cannot live with.

    Args:
        outcome: anything but `Delivered`.
        service: the service's name.
        host: the host that was asked, as configured.
    """
    match outcome:
        case Halted():
            return HaltedHere("The request was stopped before it was sent.")
        case NotSent(cause=Cause.TLS, reason=reason):
            return Untrusted(
                f"The secure connection to {host} failed: {reason}.",
                "Nothing was sent. Look at the base URL, at this machine's clock, and at whether"
                " a proxy stands in between.",
            )
        case NotSent(cause=cause):
            return Unreachable(
                f"{host} cannot be reached: {cause.value}.", _REACH_HINTS.get(cause, "")
            )
        case Throttled(wait=wait, words=words):
            asked = f" It asks to wait {wait:.0f} s." if wait else ""
            return TooFast(
                f"{service} says that requests come too fast.{asked}",
                "Try again later, or lower the connection's rate.",
                words=words,
                status=429,
            )
        case KeyRefused(words=words, status=status):
            return KeyNotAccepted(
                f"{service} does not accept the API key.",
                "Copy the key again from the account's settings, and give it to the connection.",
                words=words,
                status=status,
            )
        case _:
            return _answer_problem(outcome, service, host)


def not_answered(service: str, path: str, outcome: Misdirected) -> DestinationProblem:
    """The sentence for a path that may not be read there, though the service is the right one."""
    return RefusedThere(
        f"{service} does not answer GET /v1{path} (status {outcome.status}).",
        "Try again; if it stays so, ask the service whether the account may use that call.",
        words=outcome.reason,
        status=outcome.status,
    )


def list_gone(service: str, refused: RefusedThere) -> ListGone:
    """The sentence for a list that was there when the run was planned."""
    return ListGone(
        f"A list that is filled is gone at {service}.",
        "A new run plans with those there are.",
        words=refused.words,
        status=refused.status,
    )


def title_taken(
    service: str, title: str, lists: Sequence[RemoteList], refused: Refused
) -> SeveralLists:
    """The sentence for a title that the service takes for one it has, though none is titled so."""

    def plain(text: str) -> str:
        return text.strip().casefold()

    alike = ", ".join(entry.id for entry in lists if plain(entry.title) == plain(title))
    return SeveralLists(
        f"{service} makes no list titled {title}: it says that it has one, though none is titled "
        "exactly so.",
        f"Choose that list by its id, with --list-id: {alike}."
        if alike
        else "Choose another title.",
        words=refused.words,
        status=refused.status,
    )


def _answer_problem(outcome: Outcome, service: str, host: str) -> DestinationProblem:
    match outcome:
        case Misdirected(reason=reason, status=status) if 300 <= status < 400:
            return Redirected(
                f"{host} answers with the address of another place.",
                "Redirects are not followed, since the key would go along. Correct the base URL.",
                words=reason,
                status=status,
            )
        case Misdirected(reason=reason, status=status):
            return WrongService(
                f"What answers at {host} is not {service} (status {status}).",
                "Correct the base URL.",
                words=reason,
                status=status,
            )
        case Refused(status=status, words=words):
            return RefusedThere(
                f"{service} refused the request (status {status}).", words=words, status=status
            )
        case Unknown(reason=reason, status=status):
            return NoAnswer(
                f"{service} gave no usable answer: {reason}.",
                "Try again; if it stays so, look at the service's status page.",
                status=status,
            )
        case _:
            raise AssertionError(outcome)
