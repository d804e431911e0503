"""A request of a run, made again from its frozen plan, to be looked at. Nothing is sent."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from store.duck import explained, session
from store.journal import delivery, requests
from store.journal.delivery import Span
from workers.deliver import probe
from workers.deliver.items import Item, Ranges
from workers.deliver.reader import COLUMNS, Planned, Reader
from workers.destinations import calls
from workers.destinations.address import origin_of
from workers.plan import frozen

if TYPE_CHECKING:
    import duckdb

    from store.journal.delivery import Request
    from store.journal.runs import Run
    from store.journal.schema import Journal
    from workers.destinations.calls import Call

_RODE: Final = "(payload is not null and (not known or {joins}))"


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a request carried.

    Attributes:
        items: its contacts, in order.
        candidates: how many contacts it may have been: more than it held when the journal cannot
            tell any more which of them it were, and `items` are the first of them then; fewer when
            somebody was forgotten since.
        held: how many it held.
    """

    kind: str
    items: list[Item]
    candidates: int
    held: int

    @property
    def exact(self) -> bool:
        """Whether these are the contacts that the request held."""
        return self.candidates == self.held

    def call(self) -> Call:
        """Method, path and body, as they were sent."""
        first = self.items[0]
        if self.kind == "join":
            assert first.list_id is not None
            return calls.join(first.list_id, first.email)
        if self.kind == "single":
            return calls.single(first.body)
        return calls.bulk([item.body for item in self.items])


def rebuild(journal: Journal, run: Run, request: Request, folder: Path) -> Rebuilt | None:
    """Make a request again.

    Args:
        journal: where the run's lists and the fates of earlier requests are.
        run: whose request.
        request: as the journal has it.
        folder: the run's own.

    Returns:
        None when the frozen plan is no longer kept.
    """
    if not frozen.is_kept(folder):
        return None
    lists = {target.position: target.list_id for target in delivery.lists(journal, run.id)}
    joins = _bulk_joined(journal, run, request.sent_at)
    with session(readable=[folder], scratch=folder, threads=1) as connection:
        reader = Reader(connection, folder, lists, accepted=Ranges(), rejected=set())
        reader.bulk_joins = joins
        numbers = _numbers(connection, journal, run, request, folder, joins=joins)
        kept = numbers[: request.contacts]
        items = _items(connection, reader, request.part, kept, folder)
    if not items:
        return None
    candidates = len(items) if len(items) < len(kept) else len(numbers)
    return Rebuilt(request.kind, items, candidates, request.contacts)


def _bulk_joined(journal: Journal, run: Run, sent_at: str) -> bool:
    """Whether a contact that exists took its list along, by what was known when it was sent."""
    row = journal.row(
        "select value, at from capability where origin = ? and account = ? and name = ?",
        origin_of(run.frozen.connection.base_url),
        run.account or "",
        probe.NAME,
    )
    return row is None or (row["value"] == "yes" and sent_at >= row["at"])


def _numbers(
    connection: duckdb.DuckDBPyConnection,
    journal: Journal,
    run: Run,
    request: Request,
    folder: Path,
    *,
    joins: bool,
) -> list[int]:
    """The contacts that a request may have held: by its range, then by what was pending then."""
    span = Span(request.part, request.first, request.last)
    if request.contacts == 1:
        return [request.first]
    rode = _RODE.format(joins="true" if joins else "false")
    parted = "payload is not null" if span.part == 0 else f"len(missing) >= {span.part:d}"
    narrow = parted if span.part != 1 else f"{parted} and not {rode}"
    numbers = [row[0] for row in _plan(connection, folder, "n", span, narrow)]
    if len(numbers) == request.contacts:
        return numbers
    answered, refused = requests.settled_before(journal, run.id, request.no, span)
    settled = Ranges.of(answered)
    pending = [
        n
        for n, took in _plan(connection, folder, f"n, {rode}", span, parted)
        if n not in refused
        and not settled.holds(span.part, n)
        and not (span.part == 1 and took and settled.holds(0, n))
    ]
    # A list that could not ride along with contacts of an earlier attempt was sent for by itself.
    return pending if len(pending) >= request.contacts else numbers or pending


def _items(
    connection: duckdb.DuckDBPyConnection,
    reader: Reader,
    part: int,
    numbers: list[int],
    folder: Path,
) -> list[Item]:
    if not numbers:
        return []
    span = Span(part, numbers[0], numbers[-1])
    wanted = f"n in ({', '.join(map(str, numbers))})"
    rows = [Planned(*row) for row in _plan(connection, folder, COLUMNS, span, wanted)]
    if part == 0:
        return [reader.contact(planned) for planned in rows]
    return [reader.membership(planned, part) for planned in rows]


def _plan(
    connection: duckdb.DuckDBPyConnection, folder: Path, columns: str, span: Span, condition: str
) -> list[tuple[Any, ...]]:
    with explained("The frozen plan"):
        return connection.execute(
            f"""select {columns} from {frozen.rows(folder)}
                where send and n between {span.first:d} and {span.last:d} and {condition}
                order by n"""
        ).fetchall()
