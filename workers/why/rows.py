"""The rows of one person in the segments: each is read once, however many exports send it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Final

from store.duck import explained
from store.errors import SegportError
from store.segments.catalogue import find, folded, profiles
from store.segments.joins import column_of, fitted
from store.segments.profile_table import ProfileTable
from store.segments.readers import ROW
from store.segments.relations import Reader, Relation, hold
from store.segments.steady import of_segment, steadily
from store.sql import quote_name, subquery
from workers.plan import address
from workers.plan.payload import fed_fields
from workers.plan.stage import columns_of
from workers.why.answer import SegmentNow

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from store.exports import Export
    from store.segments.catalogue import Segment
    from store.settings import Settings
    from store.workspace import Workspace

_MOST_ROWS: Final = 20
_ROW: Final = quote_name(ROW)


@dataclass
class Rows:
    """Looks for a person in segments, and keeps the rows for the plans of the exports.

    Attributes:
        connection: keeps them.
        exports: those that send segments, by slug.
        person: as `address.sought` has it.
    """

    connection: duckdb.DuckDBPyConnection
    workspace: Workspace
    settings: Settings
    exports: Mapping[str, Export]
    person: str
    _kept: dict[tuple[str, str], Relation] = field(default_factory=dict)

    def look(self, segment: Segment) -> list[SegmentNow]:
        """The person in a segment: once for each column that an export takes the address from.

        Raises:
            SegmentError: it cannot be read.
        """
        look = partial(self._look, segment)
        if folded(segment.name) not in self._users:
            return look()
        return steadily(segment.what, partial(self._files, segment), look)

    def of(self, export: Export, place: int) -> Relation:
        """The person's rows in a segment of an export, with the columns that its plan reads."""
        columns = columns_of(export, fed_fields(export))
        name, column = export.segments[place].segment, columns[0]
        kept = self._kept.get((folded(name), column))
        if kept is None or kept.rows is None:
            return self._persons(kept or self._reader.relation(find(self.workspace, name)), columns)
        return fitted(kept, self._table, columns)

    def _files(self, segment: Segment) -> Sequence[Path]:
        """What it is read from; a single file is not looked for again among hundreds."""
        if segment.kind in {"folder", "sql"}:
            return of_segment(self.workspace, segment.name)
        return [*segment.files, *self._profiles]

    @cached_property
    def _profiles(self) -> Sequence[Path]:
        try:
            table = profiles(self.workspace)
        except SegportError:
            return ()
        return table.files if table is not None else ()

    @cached_property
    def _table(self) -> ProfileTable:
        return ProfileTable(self._reader)

    @cached_property
    def _reader(self) -> Reader:
        return Reader(self.connection, self.workspace, self.settings)

    @cached_property
    def _users(self) -> dict[str, dict[str, list[str]]]:
        """For each segment, and each column of addresses, the exports that take it from there."""
        users: dict[str, dict[str, list[str]]] = {}
        for slug, export in self.exports.items():
            if column := export.fields.get("Email"):
                for name in {folded(choice.segment) for choice in export.segments}:
                    users.setdefault(name, {}).setdefault(column, []).append(slug)
        return users

    def _look(self, segment: Segment) -> list[SegmentNow]:
        name = folded(segment.name)
        own = self._reader.relation(segment)
        found: list[SegmentNow] = []
        for column, slugs in (self._users.get(name) or self._guessed(own)).items():
            near = self._near(own, column, slugs)
            rows = self._numbers(near, column)
            self._kept[name, column] = self._only(near, column, len(rows))
            if rows:
                found.append(SegmentNow(segment.name, column, rows[:_MOST_ROWS], len(rows), slugs))
        return found

    def _guessed(self, own: Relation) -> dict[str, list[str]]:
        """The column of addresses of a segment that no export sends: its own, or the profile table's."""
        column = address.column_named(own.names)
        if column is None and address.column_named(own.names, self._table.key) is not None:
            table = self._table.relation
            column = address.column_named(table.names) if table is not None else None
        return {column: []} if column else {}

    def _near(self, own: Relation, column: str, slugs: Collection[str]) -> Relation:
        """The rows that may be the person's, with all that these exports want of the segment."""
        wanted = {column, self._table.key}
        for slug in slugs:
            wanted.update(columns_of(self.exports[slug], fed_fields(self.exports[slug])))
        names = {found for name in wanted if (found := column_of(own.names, name)) is not None}
        whole = own if own.stable else self._held(own, names)
        mine = column_of(whole.names, column)
        if mine is not None:
            return self._held(whole, names, address.near(self.person, mine))
        joined = subquery(fitted(whole, self._table, [column]).sql, "j")
        near = address.near(self.person, column)
        return self._held(whole, names, f"{_ROW} in (select {_ROW} from {joined} where {near})")

    def _numbers(self, near: Relation, column: str) -> list[int]:
        """The numbers of the person's rows."""
        source = self._persons(near, [column])
        if near.rows == 0:
            return []
        with explained(source.what):
            found = self.connection.execute(
                f"select {_ROW} from {subquery(source.sql, 'r')} order by all"
            ).fetchall()
        return [row for (row,) in found]

    def _only(self, near: Relation, column: str, count: int) -> Relation:
        """Of rows that may be the person's, those that are."""
        if near.rows in {None, count}:
            return near
        persons = subquery(self._persons(near, [column]).sql, "r")
        return self._held(near, near.names, f"{_ROW} in (select {_ROW} from {persons})")

    def _held(self, source: Relation, names: Collection[str], where: str = "true") -> Relation:
        try:
            return hold(self.connection, source, names, where)
        except SegportError:
            # One of the columns cannot be read: who reads it says so, and nobody else need mind.
            return replace(source, rows=None)

    def _persons(self, source: Relation, columns: Sequence[str]) -> Relation:
        """The person's rows of a source; the address is the first of the columns."""
        whole = fitted(source, self._table, columns)
        rows = address.rows_of(self.person, columns[0], whole.sql)
        return replace(whole, sql=f"SELECT * FROM {rows}", rows=None)
