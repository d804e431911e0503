"""Who a person is: the address, trimmed of all Unicode space, validated, then lower-cased.

In this order, and in SQL only: lower-casing first can turn a strange letter into a plain one, and so
into somebody else's valid address; and Python's idea of lower case is not DuckDB's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from store.sql import quote_name, quote_text, subquery

CLEANING_VERSION: Final = 1
"""Part of every digest: a changed rule makes contacts changed, and says so."""

_SPACES: Final = "".join(
    map(chr, (*range(0x09, 0x0E), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028,
              0x2029, 0x202F, 0x205F, 0x3000, 0xFEFF, 0x200B))
)  # fmt: skip

_SPACE: Final = "[" + "".join(rf"\x{{{ord(letter):x}}}" for letter in _SPACES) + "]"

# The WHATWG HTML standard's "valid e-mail address".
_LABEL: Final = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_SYNTAX: Final = rf"[a-zA-Z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_LABEL}(?:\.{_LABEL})*"

LONGEST: Final = 254
LONGEST_LOCAL: Final = 64

NO_ADDRESS: Final = "no address"
NOT_AN_ADDRESS: Final = "not an address"
TOO_LONG: Final = "address too long"


def column_named(names: Sequence[str], *first: str) -> str | None:
    """The column of addresses by its name; `first` names are preferred."""
    for wanted in (*first, "email", "e-mail", "email address", "emailaddress"):
        for name in names:
            if name.strip().casefold() == wanted.casefold():
                return name
    return None


def trimmed(expression: str) -> str:
    """The text without space at its ends; NULL when nothing is left."""
    # Trimming a set of letters is slow, and hardly any value needs it: a look at the ends comes first.
    return (
        f"case when regexp_matches({expression}, {quote_text(f'^{_SPACE}|{_SPACE}$')})"
        f" then nullif(trim({expression}, {quote_text(_SPACES)}), '')"
        f" else nullif({expression}, '') end"
    )


def filled(expression: str) -> str:
    """Whether a text holds anything but space."""
    return f"not regexp_full_match({expression}, {quote_text(f'{_SPACE}*')})"


def reason(expression: str) -> str:
    """Why a trimmed text is no address; NULL when it is one."""
    return f"""case
        when {expression} is null then {quote_text(NO_ADDRESS)}
        when not regexp_full_match({expression}, {quote_text(_SYNTAX)})
            then {quote_text(NOT_AN_ADDRESS)}
        when length({expression}) > {LONGEST} or strpos({expression}, '@') > {LONGEST_LOCAL + 1}
            then {quote_text(TOO_LONG)}
        end"""


def identity(expression: str) -> str:
    """The address of a trimmed, valid text."""
    return f"lower({expression})"


def rows_of(person: str, column: str, sql: str) -> str:
    """The rows of one person among those of a SELECT, for a FROM: by the rule of the plan."""
    text = trimmed(f"{quote_name(column)}::varchar")
    # Trimmed once: DuckDB takes milliseconds to prepare each regular expression.
    return f"""(
        select * exclude (__trimmed) from (
            select *, {text} as __trimmed from {subquery(sql, "s")} where {near(person, column)}
        ) where {sought("__trimmed")} = {quote_text(person)}
    ) as p"""


def near(person: str, column: str) -> str:
    """What follows from being the person's and is cheap: few rows are left to be validated."""
    return f"contains(lower({quote_name(column)}::varchar), lower({quote_text(person)}))"


def sought(expression: str) -> str:
    """What a person is looked up by: the address of a trimmed, valid text; any other as it stands."""
    return (
        f"case when ({reason(expression)}) is null then {identity(expression)}"
        f" else {expression} end"
    )
