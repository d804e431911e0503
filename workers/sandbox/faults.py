"""Scripted faults: which request is hit, and what becomes of it.

A rule says when it fires (`match`, `nth`, `since`, `every`, `probability`, `times`) and what it
does (`action`, with its details). Requests without a valid key or without a token never reach the
rules; the first rule that fires decides, in the order given.

    {"match": "POST /v1/contacts", "nth": 3, "action": "status", "status": 503, "body": "html"}
    {"match": "POST /v1/contacts", "every": 5, "action": "status", "status": 504, "work": "all"}
    {"action": "poison", "pattern": "^poison@", "message": "Invalid email address provided."}

`poison` and `drop` look at the contacts of POST contact and POST contacts, and count only calls
that hold a contact they concern; they come on top of a rule that decides about the answer.
"""

from __future__ import annotations

import random
import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

Positive = Annotated[int, msgspec.Meta(ge=1)]
Action = Literal[
    "status",  # answer `status` with `body`, and with Retry-After if `retry_after` is set
    "redirect",  # answer `status` (307 if not set to a 3xx) with Location: `location`
    "delay",  # wait `seconds`, then serve as usual
    "hang",  # do the `work`, then say nothing for `seconds` and close
    "close",  # do the `work`, then close the connection without an answer
    "reset",  # do the `work`, then reset the connection (RST)
    "cut",  # announce the whole answer, send half of it (or `bytes`), close
    "truncate",  # a well-formed answer that holds only half the JSON (or `bytes` of it)
    "drip",  # send the answer byte by byte, `seconds` apart
    "huge",  # answer 200 with `bytes` of JSON
    "bomb",  # answer 200 with gzip that unpacks to `bytes`
    "reverse",  # serve as usual, the results of a bulk call in reverse order
    "extra",  # serve as usual, with one result more than was sent
    "poison",  # 400 (or `status`) for a call with a contact whose address matches `pattern`
    "drop",  # a bulk call forgets contacts whose address matches `pattern`, else its first
]
DATA_ACTIONS = ("poison", "drop")


class Fault(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One rule."""

    action: Action
    match: str = "*"
    """`METHOD /path` as sent, with * and ?; the path begins with /v1 and is percent-encoded."""

    nth: Positive | None = None
    """Only the n-th request that matches; the first is 1."""
    since: Positive | None = None
    """Only the n-th and later ones."""
    every: Positive | None = None
    """Only each k-th."""
    times: Positive | None = None
    """Fire at most so often."""
    probability: float = 1.0
    """Fire with this chance, drawn with `seed`."""
    seed: int = 7

    work: Literal["none", "half", "all"] = "none"
    """What is done before the fault: nothing, half of a bulk call's contacts, everything."""
    unread: bool = False
    """`close`, `reset`, `hang` without work: strike before the request's body has been read."""
    status: int | None = None
    """The status to answer with; `status` without one is 503."""
    body: str = "json"
    """`json` (an error in the API's envelope), `empty`, `html`, or the text to send as it is."""
    content_type: str = ""
    """Overrides the answer's Content-Type."""
    message: str = "The sandbox was told to fail."
    """The sentence of a JSON error."""
    retry_after: str | None = None
    """Sent as written; `date:5` becomes the HTTP date in five seconds."""
    seconds: float = 3600.0
    bytes: int | None = None
    location: str = ""
    pattern: str = ""
    """A regular expression searched in the trimmed, lower-case address."""
    stored: bool = False
    """`drop`: whether the contact is stored all the same and only its result goes missing."""


class Armed:
    """A rule and how often it met and fired."""

    def __init__(self, rule: Fault) -> None:
        self.rule = rule
        self.met = 0
        self.fired = 0
        self.pattern = re.compile(rule.pattern)
        self._random = random.Random(rule.seed)  # noqa: S311 - chance, not secrecy

    def matches(self, request: str) -> bool:
        """Whether the rule concerns this `METHOD /path`."""
        return self.rule.match == "*" or fnmatchcase(request, self.rule.match)

    def fires(self, *, taken: bool = False) -> bool:
        """Counts a request that matches, and says whether it is hit; not if it is `taken`."""
        self.met += 1
        rule = self.rule
        if taken:
            return False
        if (rule.nth and self.met != rule.nth) or (rule.since and self.met < rule.since):
            return False
        if (rule.every and self.met % rule.every) or (rule.times and self.fired >= rule.times):
            return False
        if rule.probability < 1 and self._random.random() >= rule.probability:
            return False
        self.fired += 1
        return True


class Faults:
    """The rules in force."""

    def __init__(self, rules: Sequence[Fault] = ()) -> None:
        armed = [Armed(rule) for rule in rules]
        self.armed = armed
        self._on_answers = [each for each in armed if each.rule.action not in DATA_ACTIONS]
        self._on_data = [each for each in armed if each.rule.action in DATA_ACTIONS]

    def pick(self, method: str, path: str) -> Fault | None:
        """The rule that decides about this request; each rule that matches counts it."""
        request = f"{method} {path}"
        hit: Fault | None = None
        for each in self._on_answers:
            if each.matches(request) and each.fires(taken=hit is not None):
                hit = each.rule
        return hit

    def pick_data(
        self, method: str, path: str, addresses: Sequence[str | None]
    ) -> tuple[Fault, list[int]] | None:
        """The rule about contacts that this call meets, and the places of those contacts."""
        request = f"{method} {path}"
        for each in self._on_data:
            if not each.matches(request):
                continue
            places = [n for n, key in enumerate(addresses) if key and each.pattern.search(key)]
            if not each.rule.pattern:
                places = places[:1]
            if places and each.fires():
                return each.rule, places
        return None


def parse(rules: object) -> list[Fault]:
    """Rules from plain data.

    Raises:
        msgspec.ValidationError: a name or a value does not fit.
    """
    found = msgspec.convert(rules, list[Fault])
    for rule in found:
        try:
            re.compile(rule.pattern)
        except re.error as error:
            raise msgspec.ValidationError(
                f"`pattern` is not a regular expression: {error}"
            ) from None
    return found
