"""A segment with the columns that an export wants; the profile table gives what it lacks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from store.errors import SegmentError
from store.segments.profile_table import ProfileTable, key_sql
from store.segments.readers import NO_PROFILE, ROW
from store.segments.relations import Column, Reader, Relation, hold
from store.sql import quote_name, subquery

if TYPE_CHECKING:
    import duckdb

    from store.segments.sources import Source
    from store.settings import Settings
    from store.workspace import Workspace

# Of a wide table, enough to see which file it is.
_COLUMNS_TOLD = 12


def joined(
    connection: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    segment: Source,
    settings: Settings,
    wanted: Sequence[str],
) -> Relation:
    """The wanted columns of every row of a segment, with `__row` and `__no_profile`.

    What the segment has itself wins. The rest comes from the profile table by the profile key;
    a row whose profile is not there keeps its place, with `__no_profile` true. The rows come in
    no particular order; `__row` is the order. A `.sql` segment is run once, here.

    Raises:
        SegmentError: a column is found nowhere, there is no key to join by, or the profile table
            has a key twice.
    """
    reader = Reader(connection, workspace, settings)
    return fitted(reader.relation(segment), ProfileTable(reader), wanted)


def fitted(own: Relation, table: ProfileTable, wanted: Sequence[str]) -> Relation:
    """The same of a segment that was prepared to be read; one profile table serves many."""
    connection = table.reader.connection
    here = {name: column_of(own.names, name) for name in wanted}
    if None not in here.values():
        sides = _Sides(own, {name: found for name, found in here.items() if found})
        return sides.held(connection).alone()
    lost = next(name for name, found in here.items() if found is None)
    others = table.relation
    if others is None:
        raise _missing(own, lost, own.names, "there is no profile table to take it from")
    sides = _Sides(
        own,
        {name: found for name, found in here.items() if found},
        others,
        _taken(own, others, [name for name, found in here.items() if not found]),
        *_keys(own, others, table.key, lost),
    )
    table.refuse_repeated(others, sides.right)
    return sides.held(connection).by_key(wanted)


@dataclass(frozen=True)
class _Sides:
    """The segment and the profile table, and which of their columns are wanted.

    Attributes:
        own: the segment.
        mine: its wanted columns: the name asked for, and the name there.
        others: the profile table.
        theirs: the columns wanted from it.
        left: the key in the segment.
        right: the key in the profile table.
    """

    own: Relation
    mine: dict[str, str]
    others: Relation | None = None
    theirs: dict[str, str] | None = None
    left: str = ""
    right: str = ""

    def held(self, connection: duckdb.DuckDBPyConnection) -> _Sides:
        """The same, with rows that stay as they are when they are read again."""
        if self.own.stable:
            return self
        own = hold(connection, self.own, (*self.mine.values(), self.left))
        return _Sides(own, self.mine, self.others, self.theirs, self.left, self.right)

    def alone(self) -> Relation:
        chosen = [f"{quote_name(found)} AS {quote_name(name)}" for name, found in self.mine.items()]
        listed = ", ".join([quote_name(ROW), *chosen, f"false AS {quote_name(NO_PROFILE)}"])
        return self._relation(f"SELECT {listed} FROM {subquery(self.own.numbered, 's')}", self.mine)

    def by_key(self, wanted: Sequence[str]) -> Relation:
        """A LEFT JOIN of narrow sides: only what is wanted passes, under short names."""
        others, theirs = self.others, self.theirs or {}
        assert others is not None
        mine = {name: f"s{n}" for n, name in enumerate(self.mine)}
        short = {**mine, **{name: f"p{n}" for n, name in enumerate(theirs)}}
        source = [quote_name(ROW), f"{key_sql(self.own, self.left)} AS k"]
        source += [f"{quote_name(found)} AS {short[name]}" for name, found in self.mine.items()]
        profile = [f"{key_sql(others, self.right)} AS k"]
        profile += [f"{quote_name(found)} AS {short[name]}" for name, found in theirs.items()]
        names = list(dict.fromkeys(wanted))
        chosen = ", ".join(
            f"{'s' if name in mine else 'p'}.{short[name]} AS {quote_name(name)}" for name in names
        )
        sql = (
            f"SELECT s.{quote_name(ROW)}, {chosen}, p.k IS NULL AS {quote_name(NO_PROFILE)}\n"
            f"FROM (SELECT {', '.join(source)} FROM {subquery(self.own.numbered, 'a')}) AS s\n"
            f"LEFT JOIN (SELECT {', '.join(profile)} FROM {subquery(others.sql, 'b')}) AS p\n"
            "ON s.k = p.k"
        )
        return self._relation(sql, names)

    def _relation(self, sql: str, names: Sequence[str] | dict[str, str]) -> Relation:
        types = {column.name: column.type for column in self.own.columns}
        profile = (
            {column.name: column.type for column in self.others.columns} if self.others else {}
        )
        theirs = self.theirs or {}
        columns = (
            Column(name, types[self.mine[name]] if name in self.mine else profile[theirs[name]])
            for name in names
        )
        return Relation(
            what=self.own.what,
            sql=sql,
            numbered=sql,
            columns=(Column(ROW, "BIGINT"), *columns, Column(NO_PROFILE, "BOOLEAN")),
            rejects=self.own.rejects,
            beside=self.others.rejects if self.others else (),
            stable=self.own.stable,
            rows=self.own.rows,
        )


def column_of(names: Sequence[str], name: str) -> str | None:
    """The column of that name: exactly, else but for case and blanks at its ends if there is only one.

    Of a CSV file's names such blanks are taken off; another kind of file may have the same header.
    """
    if name in names:
        return name
    wanted = name.strip().casefold()
    alike = [known for known in names if known.strip().casefold() == wanted]
    return alike[0] if len(alike) == 1 else None


def _taken(own: Relation, others: Relation, names: Sequence[str]) -> dict[str, str]:
    theirs: dict[str, str] = {}
    for name in names:
        found = column_of(others.names, name)
        if found is None:
            both = (*own.names, *others.names)
            raise _missing(own, name, both, "the profile table has not either")
        theirs[name] = found
    return theirs


def _keys(own: Relation, others: Relation, key: str, lost: str) -> tuple[str, str]:
    left, right = column_of(own.names, key), column_of(others.names, key)
    if left is None:
        raise SegmentError(
            f"{own.what} has no column {lost}, and no column {key} to find it in the profile table by.",
            "Add one of them, or set `profile_key` in segport.toml.",
        )
    if right is None:
        raise SegmentError(
            f"{others.what} has no column {key}.", "Set `profile_key` in segport.toml."
        )
    return left, right


def _missing(own: Relation, name: str, names: Sequence[str], also: str) -> SegmentError:
    known = {known.casefold(): known for known in names}
    close = [known[match] for match in get_close_matches(name.casefold(), known, n=3, cutoff=0.6)]
    if close:
        hint = f"Did you mean {' or '.join(close)}?"
    else:
        shown = list(known.values())[:_COLUMNS_TOLD]
        more = len(known) - len(shown)
        hint = f"It has: {', '.join(shown)}{f' and {more:,} more' if more else ''}."
    return SegmentError(f"{own.what} has no column {name}, and {also}.", hint)
