"""A source as a DuckDB relation: a SELECT to build on, its columns, and its row numbers."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from store.duck import explained
from store.errors import ConfigurationError, SegmentError
from store.segments.catalogue import PROFILES, find, names, profiles
from store.segments.malformed import refuse_malformed
from store.segments.paths import from_workspace
from store.segments.queries import gated, mentions
from store.segments.readers import NO_PROFILE, ROW, reading, refuse_names
from store.segments.sources import Source, check
from store.sql import quote_name, quote_names, subquery

if TYPE_CHECKING:
    import duckdb

    from store.settings import Settings
    from store.workspace import Workspace

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a source, with DuckDB's name for its type."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Relation:
    """What a source is read with. Nothing has been read yet beyond headers.

    Attributes:
        what: the source as the subject of a sentence.
        sql: a SELECT of its columns, in the order of the file; for use as a sub-query.
        numbered: a SELECT of `__row` (BIGINT, from 1) and the columns.
        columns: names and types.
        rejects: the tables that will name the CSV lines that could not be read.
        beside: the same for the profile table: its lost lines are no rows of the segment, but a
            file that is lost as a whole is refused all the same.
        stable: reading twice gives every row the same number; not so for a `.sql` segment.
        rows: how many there are, where that is known.
    """

    what: str
    sql: str
    numbered: str
    columns: tuple[Column, ...]
    rejects: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    stable: bool = True
    rows: int | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its columns."""
        return tuple(column.name for column in self.columns)


def relation(
    connection: duckdb.DuckDBPyConnection, workspace: Workspace, segment: Source, settings: Settings
) -> Relation:
    """Prepare to read a segment, the profile table or a list of suppressed addresses.

    Raises:
        SegmentError: it is damaged, or does not fit; one sentence.
    """
    return Reader(connection, workspace, settings).relation(segment)


def hold(
    connection: duckdb.DuckDBPyConnection,
    source: Relation,
    names: Collection[str] | None = None,
    where: str = "true",
) -> Relation:
    """Read a relation once and keep its rows with their numbers, so that all later reads agree.

    For a `.sql` segment: its rows may come in another order, or be others, each time it is run.

    Args:
        connection: keeps the rows, and spills them when they are many.
        source: what to read.
        names: the columns to keep; all of them by default.
        where: which rows to keep, as a condition on any of its columns.
    """
    kept = [column for column in source.columns if names is None or column.name in names]
    table = quote_name(f"__held_{next(_numbers)}")
    listed = quote_names((ROW, *(column.name for column in kept)))
    with explained(source.what):
        made = connection.execute(
            f"CREATE TEMP TABLE {table} AS"
            f" SELECT {listed} FROM {subquery(source.numbered, 's')} WHERE {where}"
        ).fetchone()
    plain = quote_names(column.name for column in kept) or "NULL"
    return Relation(
        what=source.what,
        sql=f"SELECT {plain} FROM {table}",
        numbered=f"SELECT {listed} FROM {table}",
        columns=tuple(kept),
        rejects=source.rejects,
        rows=int(made[0]) if made else None,
    )


@dataclass
class Reader:
    """Reads sources of one workspace; knows which `.sql` segments it is inside of."""

    connection: duckdb.DuckDBPyConnection
    workspace: Workspace
    settings: Settings
    _stack: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.workspace.state.is_relative_to(self.workspace.data):
            # DuckDB may read all of the data folder, so a .sql segment could read a key file.
            raise ConfigurationError(
                f"The data folder {self.workspace.data} holds {self.workspace.state.name}, "
                "where keys are kept.",
                "Set `data` in segport.toml to a folder of its own.",
            )

    def relation(self, source: Source) -> Relation:
        """As the function `relation`."""
        return self._query(source) if source.format == "sql" else self._files(source)

    def _files(self, source: Source) -> Relation:
        found = self._file(source)
        if source.whole:
            refuse_malformed(self.connection, found)
        return found

    def _file(self, source: Source) -> Relation:
        known = self.settings.segments.get(source.name)
        found = reading(self.connection, source, known.csv if known else None)
        if found.types is None:
            columns = self._described(source.what, found.plain)
        else:
            columns = tuple(map(Column, found.columns, found.types))
        return Relation(
            what=source.what,
            sql=found.plain,
            numbered=found.numbered,
            columns=columns,
            rejects=(found.rejects,) if found.rejects else (),
        )

    def _query(self, source: Source) -> Relation:
        if source.name in self._stack:
            way = " -> ".join((*self._stack, source.name))
            raise SegmentError(f"{source.what} leads back to itself ({way}).", "Break the circle.")
        check(source)
        text = from_workspace(self.connection, _text(source), self.workspace.root)
        tables, unreadable = self._tables(source, text)
        try:
            wrapped = gated(self.connection, text, source.what, _prelude(tables))
        except SegmentError:
            # If it failed for want of a table that cannot be read, that is what to say.
            if unreadable:
                raise unreadable[0] from None
            raise
        # As a view, the text is closed in itself: no later SQL stands beside it.
        view = quote_name(f"__sql_{next(_numbers)}")
        with explained(source.what):
            self.connection.execute(f"CREATE TEMP VIEW {view} AS {wrapped}")
        columns = self._described(source.what, f"SELECT * FROM {view}")
        refuse_names(source.what, [column.name for column in columns])
        names = quote_names(column.name for column in columns)
        return Relation(
            what=source.what,
            sql=f"SELECT {names} FROM {view}",
            numbered=f"SELECT row_number() OVER () AS {quote_name(ROW)}, {names} FROM {view}",
            columns=columns,
            rejects=tuple(table for found in tables.values() for table in found.rejects),
            stable=False,
        )

    def _tables(self, source: Source, text: str) -> tuple[dict[str, Relation], list[SegmentError]]:
        """The tables that the text may speak of, and why some of them cannot be read."""
        tables: dict[str, Relation] = {}
        unreadable: list[SegmentError] = []
        self._stack.append(source.name)
        try:
            for name in (PROFILES, *self._names):
                if name == source.name or not mentions(text, name):
                    continue
                try:
                    found = self._named(name)
                    if found is not None:
                        tables[name] = self.relation(found)
                except SegmentError as error:
                    unreadable.append(error)
        finally:
            self._stack.pop()
        return tables, unreadable

    @cached_property
    def _names(self) -> Sequence[str]:
        return names(self.workspace)

    def _named(self, name: str) -> Source | None:
        return profiles(self.workspace) if name == PROFILES else find(self.workspace, name)

    def _described(self, what: str, sql: str) -> tuple[Column, ...]:
        with explained(what):
            rows = self.connection.execute(f"DESCRIBE {sql}").fetchall()
        return tuple(Column(str(row[0]), str(row[1])) for row in rows)


def _prelude(tables: Mapping[str, Relation]) -> str:
    """The tables under their names, seen by the operator's text alone."""
    told = ",\n".join(
        f"{quote_name(name)} AS NOT MATERIALIZED (\n{found.sql}\n)"
        for name, found in tables.items()
    )
    return f"WITH {told}\n" if told else ""


def _text(source: Source) -> str:
    try:
        return Path(source.files[0]).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise SegmentError(f"{source.what} is not UTF-8 text.", "Save it as UTF-8.") from error
    except OSError as error:
        raise SegmentError(f"{source.what} cannot be read ({error.strerror}).") from error


__all__ = ["NO_PROFILE", "ROW", "Column", "Relation", "hold", "relation"]
