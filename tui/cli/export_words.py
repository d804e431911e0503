"""The parts of an export as they are written on the command line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import get_args

import msgspec

from store.errors import UsageError
from store.exports import CustomField, FieldType, Guards, SegmentChoice


def segments(
    chosen: Sequence[str],
    lists: Sequence[str],
    list_ids: Sequence[str],
    known: Iterable[str],
    kept: Sequence[SegmentChoice] = (),
) -> list[SegmentChoice]:
    """Read `S`, `S=LIST TITLE`, the separate `S=TITLE` of --list and `S=ID` of --list-id.

    Args:
        chosen: what --segment said; all segments of the export.
        lists: what --list said.
        list_ids: what --list-id said.
        known: names of segments; one may hold an equals sign itself.
        kept: the segments that stay where none is chosen; what is not named of them stays too.
    """
    names = set(known)
    found: dict[str, SegmentChoice] = {} if chosen else {each.segment: each for each in kept}
    for text in chosen:
        name, title = (text, "") if text in names else _pair(text, names)
        if name in found:
            raise UsageError(f"The segment {name} is named twice.")
        found[name] = SegmentChoice(name, title or None)
    for option, texts in (("--list", lists), ("--list-id", list_ids)):
        for text in texts:
            name, value = _pair(text, names)
            if name not in found:
                raise UsageError(
                    f"{option} names the segment {name}, which the export does not have."
                )
            # An id belongs to the title it was chosen for.
            more = {"list": value, "list_id": None} if option == "--list" else {"list_id": value}
            found[name] = msgspec.structs.replace(found[name], **more)
    return list(found.values())


def fields(given: Sequence[str], now: dict[str, str] | None = None) -> dict[str, str]:
    """Read `Email=email`; `Phone=` takes a field out."""
    found = dict(now or {})
    for text in given:
        field, equals, column = text.partition("=")
        if not equals:
            raise UsageError(
                f"--field {text} names no column.",
                f"Write {text}=column, as in Email=email.",
            )
        if not field.strip():
            raise UsageError(f"{text} names no field.", "Write Field=column, as in Email=email.")
        if column:
            found[field.strip()] = column
        elif field.strip() in found:
            del found[field.strip()]
        else:
            raise UsageError(f"{text} names no column.", "Write Field=column, as in Email=email.")
    return found


def custom(
    given: Sequence[str], now: dict[str, CustomField] | None = None
) -> dict[str, CustomField]:
    """Read `NPS Rating:integer=nps`; without a type it is a string; `NPS Rating=` takes it out."""
    found = dict(now or {})
    for text in given:
        left, equals, column = text.partition("=")
        name, colon, kind = left.rpartition(":")
        known = kind.strip() in get_args(FieldType)
        if not colon or not (known or kind.strip().isalpha()):
            name, kind = left, "string"
        elif not known:
            raise UsageError(
                f"{kind.strip()} is not a type of a custom field.",
                f"Write Name:type=column; types are {', '.join(get_args(FieldType))}.",
            )
        if not equals or not name.strip():
            raise UsageError(
                f"{text} is not a custom field.",
                f"Write Name:type=column; types are {', '.join(get_args(FieldType))}.",
            )
        if column:
            shape = {"column": column, "type": kind.strip()}
            found[name.strip()] = msgspec.convert(shape, CustomField)
        else:
            found.pop(name.strip(), None)
    return found


def guards(given: Sequence[str], now: Guards | None = None) -> Guards:
    """Read `adds=1000` and `leavers=off`."""
    patch: dict[str, object] = {}
    for text in given:
        name, equals, bound = text.partition("=")
        name = name.strip().replace("-", "_")
        if not equals or name not in Guards.__struct_fields__:
            known = ", ".join(Guards.__struct_fields__)
            raise UsageError(f"{text} is not a guard.", f"Write NAME=NUMBER or NAME=off: {known}.")
        bound = bound.strip().removesuffix("%")
        patch[name] = int(bound) if bound.isdecimal() else bound
    try:
        return msgspec.convert({**msgspec.structs.asdict(now or Guards()), **patch}, Guards)
    except msgspec.ValidationError as error:
        raise UsageError(
            "A guard is a number of 0 or more, or off.", "0 means that none is allowed."
        ) from error


def _pair(text: str, names: set[str]) -> tuple[str, str]:
    """Cut at the equals sign that leaves a known segment on its left, else at the first one."""
    for position, character in enumerate(text):
        if character == "=" and text[:position] in names:
            return text[:position], text[position + 1 :]
    name, _, title = text.partition("=")
    return name, title
