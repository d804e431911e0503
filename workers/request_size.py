"""How much one request holds: Autopilot's bulk call takes 100 contacts and 1 MB."""

from __future__ import annotations

from typing import Final

MOST_CONTACTS: Final = 100
# Bytes of the contacts; what stands around them has room in the rest of the 1 MB.
MOST_BYTES: Final = 950_000


def is_full(contacts: int, size: int, weight: int) -> bool:
    """Whether a request with so many contacts of `size` bytes has no room for one more of `weight`.

    One contact always has room: none is divided.
    """
    return contacts > 0 and (contacts == MOST_CONTACTS or size + weight > MOST_BYTES)
