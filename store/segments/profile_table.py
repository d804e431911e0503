"""The profile table, as one session reads it: prepared when first needed, its keys looked at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from store.duck import explained
from store.errors import SegmentError
from store.figures import many
from store.segments.catalogue import profiles
from store.segments.relations import Reader, Relation
from store.sql import as_key, quote_name, subquery


@dataclass
class ProfileTable:
    """Gives what a segment lacks."""

    reader: Reader
    _sound: set[str] = field(default_factory=set)

    @property
    def key(self) -> str:
        """The column that joins a segment to it, as the settings name it."""
        return self.reader.settings.profile_key

    @cached_property
    def relation(self) -> Relation | None:
        """What it is read with; None if the workspace has no such table.

        Raises:
            SegmentError: it cannot be read.
        """
        source = profiles(self.reader.workspace)
        return self.reader.relation(source) if source is not None else None

    def refuse_repeated(self, others: Relation, column: str) -> None:
        """A key that stands twice would send a row twice, with either profile's fields."""
        if column in self._sound:
            return
        keys = f"SELECT {key_sql(others, column)} AS k FROM {subquery(others.sql, 'b')}"
        # Hashes first: they are narrow, and in a sound table no two are alike, so no key is compared.
        hashes = (
            f"SELECT hash(k) AS h FROM ({keys}) WHERE k IS NOT NULL GROUP BY h HAVING count(*) > 1"
        )
        repeated = (
            f"SELECT count(*) FROM (SELECT k FROM ({keys}) WHERE hash(k) IN ({hashes}) "
            "AND k IS NOT NULL GROUP BY k HAVING count(*) > 1)"
        )
        with explained(others.what):
            connection = self.reader.connection
            alike = connection.execute(f"SELECT 1 FROM ({hashes}) LIMIT 1").fetchone()
            found = connection.execute(repeated).fetchone() if alike else None
        count = int(found[0]) if found else 0
        if count:
            raise SegmentError(
                f"{others.what} has {many(count, 'key')} in {self.key} more than once.",
                "A profile has one row; remove the others.",
            )
        self._sound.add(column)


def key_sql(table: Relation, column: str) -> str:
    """The column as a profile key."""
    kind = next(each.type for each in table.columns if each.name == column)
    return as_key(quote_name(column), kind)
