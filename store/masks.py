"""Personal values as they are shown until somebody asks for them: enough to tell, not to know."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from store.exports import FieldType

_HIDDEN: Final = "***"
_ADDRESS: Final = re.compile(r"[^\s<>\"'(),:;\[\]]+@[^\s<>\"'(),:;\[\]]*[^\s<>\"'(),:;.\[\]]")

# The kind of a value is told by the words of its column's or field's name: `MailingCity`, `zip_code`.
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_]+")
_BIRTH: Final = re.compile(r".*birth.*|dob|born|geburt.*")
# Numbers that lead to one person, and places.
_NUMBERS: Final = re.compile(
    r".*(phone|telefon|fono).*|tel|mobile?|cell|fax|zip.*|post.*|plz|.*street|house|iban|bic|bank|card|account|passport|"
    r"licen[cs]e|plate|ssn|nin|national|tax|"
    r"social.*|security|.*insurance.*|insured|patient.*|medical|citizen|personal|ip|lat|latitude|lon|lng|longitude|.*birth.*|dob|born"
)
_CONTACTS: Final = re.compile(
    r"e?mails?|.*mail|.*address|(mailing|home|billing|shipping)?city|town|village|"
    r"(mailing|home|billing|shipping)state|province|county|district|"
    r"twitter|linkedin|facebook|instagram|skype|whatsapp|telegram|website|login|handle"
)
_NAMES: Final = re.compile(r".*name|surname|forename|initials")
_WRITTEN: Final = re.compile(
    r".*(note|comment|description|remark|message|bio|freetext)s?|text|urls?|links?"
)
# A company or a thing: its name, its text and its link are nobody's, but its manager is somebody.
_THINGS: Final = frozenset(
    [
        "company",
        "organisation",
        "organization",
        "employer",
        "brand",
        "product",
        "item",
        "article",
        "plan",
        "campaign",
        "event",
        "segment",
        "list",
        "store",
        "shop",
        "branch",
        "category",
        "industry",
        "sector",
        "country",
        "nation",
        "region",
        "continent",
        "source",
        "type",
    ]
)
_LABELS: Final = frozenset({"name", "description", "text", "url", "urls", "link", "links"})
# What many share, whatever it is of.
_TRAITS: Final = frozenset(
    [
        "status",
        "tier",
        "level",
        "currency",
        "language",
        "locale",
        "timezone",
        "title",
        "salutation",
        "gender",
        "employees",
        "consent",
        "subscribed",
        "unsubscribed",
    ]
)
_KEYS: Final = frozenset({"id", "ids", "key", "uuid", "guid", "sku", "code"})
# A number is a key where it is known of what: others are given to one person, and known elsewhere.
_NUMBERED: Final = frozenset({"customer", "order", "invoice", "serial", "row", "line", *_THINGS})
_NUMBER: Final = frozenset({"number", "no", "nr"})
# Longer ones may be phones.
_COUNT: Final = re.compile(r"-?\d{1,6}([.,]\d{1,6})?")
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d.*)?")
_FEW: Final = 100
_SHARED_BY: Final = 10


def is_personal_column(
    name: str,
    kind: str,
    rows: int,
    different: int,
    ends: tuple[str | None, str | None] = (None, None),
) -> bool:
    """Whether a column's values are masked, by the kind of data that its name speaks of.

    Args:
        name: of the column.
        kind: DuckDB's type.
        rows: that have a value in it.
        different: how many different values there are.
        ends: the least value and the greatest, as text.
    """
    told = _told(name, _sort(kind))
    if told is not None:
        return told
    # In a file of text, such as CSV, counts and dates are text too.
    for shape in (_COUNT, _DATE):
        if all(end is not None and shape.fullmatch(end) for end in ends):
            return False
    # Text of which nothing is known may say anything, unless groups of people share it.
    return different > _FEW or different * _SHARED_BY > rows


def is_personal(field: str, kind: FieldType, *, custom: bool) -> bool:
    """Whether a destination field's values are masked; in doubt they are."""
    told = _told(field, _SORTS[kind] if custom else "text")
    return told is None or told


_SORTS: Final = {
    "boolean": "flag",
    "integer": "number",
    "float": "number",
    "date": "date",
    "string": "text",
}


def _sort(kind: str) -> str:
    if "[" in kind or kind.startswith(("STRUCT", "MAP", "JSON")):
        return "text"
    if kind.startswith("BOOL"):
        return "flag"
    if kind.startswith(("DATE", "TIME", "INTERVAL")):
        return "date"
    is_number = kind.startswith(("FLOAT", "DOUBLE", "DECIMAL")) or kind.endswith(("INT", "INTEGER"))
    return "number" if is_number else "text"


def _told(name: str, sort: str) -> bool | None:
    """What a name says of its values; None if it says nothing."""
    words = [word.lower() for word in _WORD.findall(name)]

    def speaks(pattern: re.Pattern[str]) -> bool:
        return any(pattern.fullmatch(word) for word in (*words, "".join(words)))

    if sort != "text":
        return sort != "flag" and speaks(_BIRTH if sort == "date" else _NUMBERS)
    if speaks(_NUMBERS) or speaks(_BIRTH) or speaks(_CONTACTS):
        return True
    rest = [word for word in words if word not in _LABELS]
    if rest and _THINGS.issuperset(rest):
        return False
    if speaks(_NAMES) or speaks(_WRITTEN):
        return True
    return None if _is_doubtful(words) else False


def _is_doubtful(words: list[str]) -> bool:
    """Whether these words leave open of what text is: the last one says what it is."""
    if not words:
        return True
    *before, last = words
    if last in _NUMBER:
        return not before or not _NUMBERED.issuperset(before)
    return last not in _KEYS | _THINGS and _TRAITS.isdisjoint(words)


def masked(value: str) -> str:
    """`j***@e***.org` for an address, `A***` for anything else, nothing for nothing."""
    text = value.strip()
    local, at, domain = text.rpartition("@")
    if at and local and domain:
        # The domain of a small company names its people; where it ends does not.
        end = domain.rpartition(".")[2] if "." in domain else ""
        return f"{local[:1]}{_HIDDEN}@{domain[:1]}{_HIDDEN}{'.' + end if end else ''}"
    # Of a single letter, which may be a whole name, nothing is shown.
    first = text[0] if len(text) > 1 else ""
    return f"{first}{_HIDDEN}" if text else ""


def sent_value(key: str, value: object) -> object:
    """A value as it was sent, masked where it is personal; custom fields go by `type--Name`."""
    if _is_sent_personal(key, value):
        return masked(str(value))
    # Some use an address as a key.
    return in_words(value) if isinstance(value, str) else value


def _is_sent_personal(key: str, value: object) -> bool:
    kind, dashes, name = key.partition("--")
    custom = bool(dashes) and kind in _SORTS
    return _told(name if custom else key, _SORTS[kind] if custom else _sort_of(value)) is not False


def _sort_of(value: object) -> str:
    return "flag" if isinstance(value, bool) else "text"


def sent_contact(contact: Mapping[str, Any]) -> dict[str, Any]:
    """A contact as it was sent, decoded, with its personal values masked; a list's id is none.

    What a personal field holds is personal in every other as well: one column may feed several.
    """
    fields = {key: value for key, value in contact.items() if not key.startswith("_")}
    fields |= fields.pop("custom", None) or {}
    personal = {
        value
        for key, value in fields.items()
        if isinstance(value, str) and _is_sent_personal(key, value)
    }

    def shown(key: str, value: object) -> object:
        if key.startswith("_"):
            return value
        if isinstance(value, str) and value in personal:
            return masked(value)
        return sent_value(key, value)

    return {
        key: {name: shown(name, each) for name, each in value.items()}
        if isinstance(value, dict)
        else shown(key, value)
        for key, value in contact.items()
    }


def in_words(text: str) -> str:
    """A sentence, such as a destination's own, with every address in it masked."""
    return _ADDRESS.sub(lambda found: masked(found[0]), text)
