"""What was wrong with a rejected contact, by what the destination said about it."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final


class Wrong(StrEnum):
    """The classes of reasons; each takes another way to mend."""

    ADDRESS = "address not accepted"
    FIELD = "field not accepted"
    SUPPRESSED = "suppressed there"
    MISSING = "list or contact missing"
    TOO_LARGE = "too large"
    CONFLICT = "in conflict"
    UNNAMED = "not named in the answer"
    OTHER = "other"


WHAT_TO_DO: Final[dict[Wrong, str]] = {
    Wrong.ADDRESS: "Mend the address at its source; a corrected one is a new contact to the next "
    "run.",
    Wrong.FIELD: "Look at the value at its source, or at the field's type in the data matching.",
    Wrong.SUPPRESSED: "Leave them out: add them to data/suppressed.csv.",
    Wrong.MISSING: "Plan anew: a run makes a missing list, or asks first.",
    Wrong.TOO_LARGE: "Match fewer or shorter fields.",
    Wrong.CONFLICT: "Another contact there holds the same address; look at it there.",
    Wrong.UNNAMED: "Retry them: the destination took the request without naming them.",
    Wrong.OTHER: "Read the words; retry once the cause is gone.",
}

_BY_STATUS: Final = {404: Wrong.MISSING, 409: Wrong.CONFLICT, 413: Wrong.TOO_LARGE}
# In this order: "email was unsubscribed" is not about the address, "field Email" is not a field.
_BY_WORDS: Final = (
    (Wrong.SUPPRESSED, re.compile(r"unsubscri|suppress|bounc|block|black.?list|opt(ed)?[ -]out")),
    (Wrong.ADDRESS, re.compile(r"e-?mail|address")),
    (Wrong.FIELD, re.compile(r"field|propert|value|type|integer|number|boolean|date|float|string")),
)


def wrong_with(status: int | None, words: str) -> Wrong:
    """The class of a reject."""
    if status == 200:
        return Wrong.UNNAMED
    lowered = words.lower()
    if status is not None and status in _BY_STATUS:
        return _BY_STATUS[status]
    return next((wrong for wrong, told in _BY_WORDS if told.search(lowered)), Wrong.OTHER)
