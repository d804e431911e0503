"""Reading what the service says: error envelopes, hints to wait, and the verdict on an answer.

Two envelopes exist, `{"error", "message"}` and `{"code", "message"}`; their parts may be text or
objects, and bodies may be empty, HTML or cut off. Unknown keys are ignored everywhere.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Final

import msgspec

from workers.destinations.base import (
    KeyRefused,
    Misdirected,
    Outcome,
    Refused,
    Throttled,
    Unknown,
)

LONGEST_WAIT = 300.0
LONGEST_WORDS = 500
_NO_KEY: Final = "no autopilotapikey header provided"


class Answer(msgspec.Struct, frozen=True):
    """An answer as it came over the wire.

    Attributes:
        status: the HTTP status.
        body: as much of the body as was read.
        flaw: why the body cannot be relied upon, or empty.
        retry_after: that header, if it came.
        location: that header, if it came.
    """

    status: int
    body: bytes
    flaw: str = ""
    retry_after: str | None = None
    location: str | None = None

    @property
    def is_success(self) -> bool:
        """Whether the status says that it was done."""
        return 200 <= self.status < 300


# The last one is what brackets come to that are opened a hundred thousand times.
NOT_JSON: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def content(answer: Answer) -> Any:  # noqa: ANN401 - whatever the service sent
    """The body as JSON; None if it is empty, cut off or something else."""
    if answer.flaw or not answer.body:
        return None
    try:
        return msgspec.json.decode(answer.body)
    except NOT_JSON:
        return None


def verdict(answer: Answer) -> Outcome:
    """What an answer that is no success means for the request."""
    body = content(answer)
    words = words_of(answer, body)
    status = answer.status
    if status == 429:
        return Throttled(wait_hint(answer, body), words)
    if status in (401, 403) or (status == 400 and _lacks_key(words)):
        return KeyRefused(words, status)
    if 400 <= status < 500 and status != 408:
        return Refused(status, words) if _is_ours(answer, body) else Misdirected(words, status)
    if 300 <= status < 400:
        return Misdirected(f"it points to {_cut(answer.location or 'nowhere')}", status)
    return Unknown(_failed(status), status, wait_hint(answer, body))


def _lacks_key(words: str) -> bool:
    """The one 400 that is about the key: something on the way has taken its header out.

    The whole sentence, since customers' own words come back in refusals too.
    """
    return words.strip().rstrip(".").casefold() == _NO_KEY


def words_of(answer: Answer, body: Any) -> str:  # noqa: ANN401 - whatever the service sent
    """The service's own sentence, raw, at most 500 characters; empty if there is none."""
    if isinstance(body, Mapping):
        return _cut(_sentence(body))
    if isinstance(body, str):
        return _cut(body)
    text = answer.body.decode("utf-8", "replace").strip()
    if text.startswith("<"):
        return f"{_phrase(answer.status)} (a web page)"
    return _cut(text)


def wait_hint(
    answer: Answer,
    body: Any,  # noqa: ANN401 - whatever the service sent
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> float | None:
    """Seconds the service asks us to wait: `Retry-After`, or `try-in-seconds` in the body.

    What is no sensible number is ignored; what is too long is cut to 300 s.
    """
    hints: list[object] = [_retry_after(answer.retry_after, now)]
    if isinstance(body, Mapping):
        hints.append(body.get("try-in-seconds"))
        error = body.get("error")
        if isinstance(error, Mapping):
            hints.append(error.get("try-in-seconds"))
    for hint in hints:
        seconds = _seconds(hint)
        if seconds is not None:
            return min(seconds, LONGEST_WAIT)
    return None


def _is_ours(answer: Answer, body: Any) -> bool:  # noqa: ANN401 - whatever the service sent
    """Whether a refusal is the service speaking of what was sent, and not of a path unknown to it.

    A "not found" about a contact or a list is an `error` with a `message`, or empty. The service's
    router says it with a `code`, and any other server in its own way.
    """
    if answer.status != 404:
        return answer.status not in (405, 407)
    if not answer.body.strip():
        return True
    if not isinstance(body, Mapping):
        return False
    return not body or not isinstance(body.get("code"), str)


def _sentence(body: Mapping[str, Any]) -> str:
    for name in ("message", "error", "code"):
        value = body.get(name)
        if isinstance(value, Mapping):
            value = _sentence(value)
        if isinstance(value, (int, float)):
            value = str(value)
        if isinstance(value, str) and value.strip():
            return value.strip()
    return ""


def _retry_after(header: str | None, now: Callable[[], datetime]) -> object:
    if header is None or _seconds(header) is not None:
        return header
    try:
        moment = parsedate_to_datetime(header)
    except (ValueError, TypeError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - now()).total_seconds()


def _seconds(hint: object) -> float | None:
    if isinstance(hint, bool) or not isinstance(hint, (int, float, str)):
        return None
    try:
        seconds = float(hint)
    except (ValueError, OverflowError):
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def _failed(status: int) -> str:
    if status == 408:
        return "the server gave up waiting (408)"
    phrase = f"{status} {_phrase(status)}".strip()
    return f"the server failed ({phrase})" if status >= 500 else f"an answer of status {phrase}"


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _cut(text: str) -> str:
    return text[:LONGEST_WORDS]
