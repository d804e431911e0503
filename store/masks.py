"""Personal values as they are shown until somebody asks for them: enough to tell, not to know."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

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


def in_words(text: str) -> str:
    """A sentence, such as a destination's own, with every address in it masked."""
    return _ADDRESS.sub(lambda found: masked(found[0]), text)
