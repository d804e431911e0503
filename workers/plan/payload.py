"""Data matching as SQL: a row becomes the JSON text of the fields that are sent for it.

Values go as the source has them. What is empty or only space is not sent; `unsubscribed` is sent when
true and never when false, since false would subscribe somebody again. A value that is not of the type
of its field is left out, and counted.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from store.errors import UsageError
from store.exports import STANDARD_FIELDS, FieldType
from store.sql import quote_name, quote_text
from workers.plan.address import filled, trimmed

if TYPE_CHECKING:
    from store.exports import Export

_INTEGER = re.compile(r"^U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?$")
_DATE_LENGTH = len("2024-05-06T07:08:09.123Z")
_FRACTION = re.compile(r"^(DOUBLE|FLOAT|DECIMAL)")
# After a time: 15 hours or more, or 14 and something. So XML Schema has it, and tzdb since 1900.
_TOO_FAR = quote_text(":.*[+-](1[5-9]|[2-9][0-9]|14[0:]*[1-9])")
_SPACE = re.compile(r"\s")
_UNSENDABLE = re.compile(r"^(BLOB|BIT|GEOMETRY)|\[\d*\]$|^(STRUCT|MAP|UNION|LIST|JSON)\b")


@dataclass(frozen=True, slots=True)
class Fed:
    """A destination field and the column that feeds it.

    Attributes:
        field: the field's name as operators see it.
        key: its name in the JSON text.
        column: the profile column.
        type: what the destination takes.
        custom: whether it stands among the custom fields.
    """

    field: str
    key: str
    column: str
    type: FieldType
    custom: bool

    @property
    def never_false(self) -> bool:
        """False would undo what a person asked for."""
        return self.key == "unsubscribed"


def fed_fields(export: Export) -> list[Fed]:
    """Every field of an export but the address, in the order in which it is sent."""
    fields = [
        Fed(name, name, column, "boolean" if name == "unsubscribed" else "string", custom=False)
        for name, column in export.fields.items()
        if name != "Email"
    ]
    # Autopilot API v1: "<type>--<Name>", each whitespace of the name as "--".
    fields += [
        Fed(name, f"{feed.type}--{_SPACE.sub('--', name)}", feed.column, feed.type, custom=True)
        for name, feed in export.custom_fields.items()
    ]
    return fields


def matching_digest(export: Export) -> str:
    """Changes exactly when the data matching does."""
    told = msgspec.json.encode((export.fields, export.custom_fields), order="deterministic")
    return hashlib.md5(told, usedforsecurity=False).hexdigest()


def check_matching(export: Export) -> None:
    """Refuse a data matching that cannot be sent."""
    _check_names(export)
    if not export.fields.get("Email"):
        raise UsageError(
            "The data matching has no Email.",
            "Say which column holds the address: --field Email=…",
            about="fields",
        )


def _check_names(export: Export) -> None:
    for name in export.fields:
        if name not in STANDARD_FIELDS:
            raise UsageError(
                f"Autopilot has no standard field {name}.",
                "Make it a custom field, or use one of: " + ", ".join(STANDARD_FIELDS) + ".",
                about="fields",
            )
    for name in export.custom_fields:
        if not name.strip() or "--" in name or name in STANDARD_FIELDS:
            raise UsageError(
                f"{name!r} cannot be the name of a custom field.",
                "It must not be empty, hold `--`, or be the name of a standard field.",
                about="fields",
            )
    names: dict[str, str] = {}
    for fed in fed_fields(export):
        before = names.setdefault(fed.key, fed.field)
        if before != fed.field:
            raise UsageError(
                f"The custom fields {before!r} and {fed.field!r} would be one at Autopilot.",
                "Names that differ in their white space alone are the same there: rename one.",
                about="fields",
            )


def payload_sql(fields: list[Fed], types: Mapping[str, str]) -> str:
    """The JSON members of a row's fields, without braces; '' when there are none.

    Args:
        fields: what is fed.
        types: DuckDB's type of every column that is used.
    """
    standard = [_member(fed, types) for fed in fields if not fed.custom]
    custom = [_member(fed, types) for fed in fields if fed.custom]
    if custom:
        inner = f"nullif(concat_ws(',', {', '.join(custom)}), '')"
        standard.append(f"""'"custom":{{' || {inner} || '}}'""")
    return f"concat_ws(',', {', '.join(standard)})" if standard else "''"


def misfit_sql(fields: list[Fed], types: Mapping[str, str]) -> Iterator[tuple[Fed, str]]:
    """For each field whose values may not fit its type: a condition that is true where one does not."""
    for fed in fields:
        if fed.type != "string":
            value = _value(fed, types)
            yield fed, f"({_filled(fed.column)} and ({value}) is null)"


def refuse_unsendable(fields: list[Fed], types: Mapping[str, str]) -> None:
    """Refuse columns whose values have no plain text."""
    for fed in fields:
        if _UNSENDABLE.search(types[fed.column]):
            raise UsageError(
                f"The column {fed.column} holds {types[fed.column]}, which {fed.field} cannot take.",
                "Choose a column of text, numbers, dates or yes/no.",
                about="fields",
            )


def _member(fed: Fed, types: Mapping[str, str]) -> str:
    label = quote_text(json.dumps(fed.key, ensure_ascii=False) + ":")
    value = _value(fed, types)
    if fed.never_false:
        return f"case when ({value}) then {label} || 'true' end"
    return f"{label} || to_json({value})::varchar"


def _filled(column: str) -> str:
    return filled(f"{quote_name(column)}::varchar")


def _value(fed: Fed, types: Mapping[str, str]) -> str:
    column, kind = quote_name(fed.column), types[fed.column]
    match fed.type:
        case "string":
            return _text(column, kind)
        case "boolean":
            return _boolean(column, kind)
        case "integer":
            return _integer(column, kind)
        case "float":
            # 0.1 in single precision is 0.10000000149 when it is only made longer.
            source = f"{column}::varchar" if kind == "FLOAT" else _source(column, kind)
            number = f"try_cast({source} as double)"
            return f"case when isfinite({number}) then {number} end"
        case "date":
            # ISO 8601 has four digits for a year; -2023 and 10000 are something else to others.
            text = _date(column, kind)
            return f"case when length({text}) = {_DATE_LENGTH} then {text} end"


def _source(column: str, kind: str) -> str:
    return trimmed(column) if kind == "VARCHAR" else column


def _text(column: str, kind: str) -> str:
    if kind == "VARCHAR":
        return f"case when {filled(column)} then {column} end"
    if kind.startswith("ENUM"):
        return f"case when {filled(f'{column}::varchar')} then {column}::varchar end"
    if kind.startswith("TIMESTAMP"):
        return _date(column, kind)
    if kind in {"DOUBLE", "FLOAT"}:
        whole = f"{column} = trunc({column}) and abs({column}) < 1e16"
        return (
            f"case when not isfinite({column}) then null "
            f"when {whole} then {column}::bigint::varchar else {column}::varchar end"
        )
    return f"{column}::varchar"


def _boolean(column: str, kind: str) -> str:
    if kind == "BOOLEAN":
        return column
    if kind == "VARCHAR":
        word = f"lower({trimmed(column)})"
        number = f"try_cast({word} as double)"
        return (
            f"case when {word} in ('true', 't', 'yes', 'y', '1') then true "
            f"when {word} in ('false', 'f', 'no', 'n', '0') then false "
            f"else case {number} when 1 then true when 0 then false end end"
        )
    # Programs that know no empty whole number write 1.0 and 0.0 where others are empty.
    if _INTEGER.match(kind) or _FRACTION.match(kind):
        return f"case {column} when 1 then true when 0 then false end"
    return "null::boolean"


def _integer(column: str, kind: str) -> str:
    if _INTEGER.match(kind):
        return column
    if kind == "BOOLEAN" or kind.startswith(("DATE", "TIME")):
        return "null::bigint"
    if kind in {"DOUBLE", "FLOAT"}:
        # Straight: a decimal made of a double has strange digits after the point, from ten digits on.
        return f"case when {column} = trunc({column}) then try_cast({column} as bigint) end"
    number = f"try_cast({_source(column, kind)} as decimal(38, 9))"
    return f"case when {number} = trunc({number}) then try_cast({number} as bigint) end"


def moment_told(text: str) -> str:
    """The moment that a trimmed text names; NULL where it names none, or a year of two digits.

    Of 06-05-24 nobody knows which part is what; DuckDB takes it for a day of the year 6. It takes an
    offset of +99:59 as well: no clock is further from UTC than 14 hours. The session's zone is UTC: a
    time without a zone is taken as UTC.
    """
    return (
        f"case when regexp_matches({text}, '^[0-9]{{4}}') and not regexp_matches({text}, {_TOO_FAR})"
        f" then try_cast({text} as timestamptz) end"
    )


def _date(column: str, kind: str) -> str:
    if kind == "VARCHAR":
        moment = f"timezone('UTC', {moment_told(trimmed(column))})"
    elif kind == "TIMESTAMP WITH TIME ZONE":
        moment = f"timezone('UTC', {column})"
    elif kind.startswith(("TIMESTAMP", "DATE")):
        moment = f"try_cast({column} as timestamp)"
    else:
        return "null::varchar"
    return f"case when isfinite({moment}) then strftime({moment}, '%Y-%m-%dT%H:%M:%S.%gZ') end"
