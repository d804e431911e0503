"""Personal values as they are shown until somebody asks for them: enough to tell, not to know."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from store.exports import FieldType

_HIDDEN: Final = "***"
# What is said of a company, a place or a state tells nobody who it is.
_PLAIN_FIELDS: Final = frozenset(
    {
        "Salutation",
        "Company",
        "NumberOfEmployees",
        "Title",
        "Industry",
        "MailingCity",
        "MailingState",
        "MailingCountry",
        "LeadSource",
        "Status",
        "unsubscribed",
    }
)
_ADDRESS: Final = re.compile(r"[^\s<>\"'(),:;\[\]]+@[^\s<>\"'(),:;\[\]]*[^\s<>\"'(),:;.\[\]]")
_PLAIN_TYPES: Final = frozenset({"integer", "float", "boolean"})
# Parts of a column's name that speak of a person, whatever its values are.
_PERSONAL_NAMES: Final = re.compile(
    r"name|mail|phone|mobile|(^|_)tel|(^|_)cell|fax|street|address|birth|dob|(^|[_ ])age$|zip|post|iban|"
    r"passport|ssn|twitter|linkedin|(^|[_ ])id$|[a-z]Id$|key$|url|(^|_)ip|note|comment|description"
)
_FEW: Final = 100
_SHARED_BY: Final = 10


def is_personal_column(name: str, kind: str, rows: int, different: int) -> bool:
    """Whether a column's values are masked: all are but those that groups of people share.

    Args:
        name: of the column.
        kind: DuckDB's type.
        rows: that have a value in it.
        different: how many different values there are.
    """
    if _PERSONAL_NAMES.search(name) or _PERSONAL_NAMES.search(name.lower()):
        return True
    if kind.startswith(("BOOL", "FLOAT", "DOUBLE", "DECIMAL", "DATE", "TIME")):
        return False
    return different > _FEW or different * _SHARED_BY > rows


def is_personal(field: str, kind: FieldType, *, custom: bool) -> bool:
    """Whether a destination field's values are masked; in doubt they are."""
    return kind not in _PLAIN_TYPES if custom else field not in _PLAIN_FIELDS


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
    kind, dashes, _ = key.partition("--")
    personal = kind not in _PLAIN_TYPES if dashes else key not in _PLAIN_FIELDS
    return masked(str(value)) if personal else value


def sent_contact(contact: Mapping[str, Any]) -> dict[str, Any]:
    """A contact as it was sent, decoded, with its personal values masked; a list's id is none."""
    found: dict[str, Any] = {}
    for key, value in contact.items():
        if isinstance(value, dict):
            found[key] = {name: sent_value(name, each) for name, each in value.items()}
        else:
            found[key] = value if key.startswith("_") else sent_value(key, value)
    return found


def in_words(text: str) -> str:
    """A sentence, such as a destination's own, with every address in it masked."""
    return _ADDRESS.sub(lambda found: masked(found[0]), text)
