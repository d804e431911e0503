"""What is told of a person. Times are UTC, ISO 8601; verdicts are those of the plan."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

EXCLUDED = "excluded"
NOT_IN_SEGMENT = "not in a segment"


@dataclass(frozen=True, slots=True)
class Place:
    """A row of a segment, counted from 1."""

    segment: str
    row: int


@dataclass(frozen=True, slots=True)
class SegmentNow:
    """A segment that holds the address now.

    Attributes:
        column: the column in which it stands.
        rows: the numbers of its first rows with it.
        count: how many rows have it.
        exports: the slugs of the exports that send the segment.
    """

    segment: str
    column: str
    rows: list[int]
    count: int
    exports: list[str]


@dataclass(frozen=True, slots=True)
class Unread:
    """Something that could not be looked into, and why."""

    what: str
    reason: str


@dataclass(frozen=True, slots=True)
class Known:
    """What a ledger holds of the person.

    Attributes:
        export: the export's name.
        export_id: its id; the export itself may be gone.
        fields: the fields that the destination holds through this export.
        lists: the titles of the lists whose membership was acknowledged.
        settled_by: the run that wrote the ledger last.
        acknowledged: False where a request left, and nobody ever said what came of it.
    """

    export: str
    export_id: str
    fields: dict[str, Any]
    lists: list[str]
    settled_by: int
    acknowledged: bool = True


@dataclass(frozen=True, slots=True)
class ExportNow:
    """What the next run of an export would do with the person, without asking the destination.

    Attributes:
        verdict: add, change, membership, unchanged, withheld, excluded or "not in a segment".
        reason: why, in words.
        changed: the fields that differ from the ledger.
        fields: what would be sent, by the destination's names.
        joins: the titles of the lists that would be joined.
        merged: further rows of the same address, which give way to another row.
        problem: why it cannot be said, if it cannot.
    """

    slug: str
    name: str
    verdict: str
    reason: str = ""
    changed: list[str] = field(default_factory=list)
    fields: dict[str, Any] = field(default_factory=dict)
    joins: list[str] = field(default_factory=list)
    merged: list[Place] = field(default_factory=list)
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """A request that carried the person.

    Attributes:
        no: its number in the run.
        carried: "fields", or the title of a list.
        state: answered, refused, unknown, sending or not sent.
        words: the destination's own, or why nothing is known.
    """

    no: int
    attempt: int
    kind: str
    carried: str
    contacts: int
    at: str
    state: str
    status: int | None
    ms: float | None
    words: str


@dataclass(frozen=True, slots=True)
class RunThen:
    """A run that had the person in its plan.

    Attributes:
        outcome: accepted, partly accepted, rejected, pending, or "nothing to send".
        repeated: sent again after a request whose answer never came.
        fields: what was to be sent, by the destination's names.
        went: what came of them: "sent", "refused", "unanswered" or "not sent".
        joins: the titles of the lists to be joined.
        joined: those that were acknowledged.
        words: the destination's words for a rejection.
    """

    run: int
    export: str
    export_id: str
    at: str
    state: str
    place: Place
    verdict: str
    reason: str
    outcome: str
    repeated: bool = False
    fields: dict[str, Any] = field(default_factory=dict)
    went: str = ""
    joins: list[str] = field(default_factory=list)
    joined: list[str] = field(default_factory=list)
    merged: list[Place] = field(default_factory=list)
    words: str = ""
    requests: list[Sent] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Why:
    """Everything that is known here of an address.

    Attributes:
        address: as the plan knows it: trimmed, validated, lower-cased.
        not_an_address: why it is none; empty for one that is.
        answer: all of it in one sentence.
        suppressed_by: the files that suppress it.
        runs: in the order of time.
        forgotten: runs whose plan is no longer kept, so that nobody knows whether they held it.
    """

    address: str
    not_an_address: str
    answer: str
    segments: list[SegmentNow]
    suppressed_by: list[str]
    exports: list[ExportNow]
    ledgers: list[Known]
    runs: list[RunThen]
    forgotten: list[int]
    unread: list[Unread]
