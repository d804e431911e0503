"""Autopilot's pages of contacts: a bookmark leads on, and the last page has none."""

from __future__ import annotations

from typing import Any

from workers.destinations.address import segment

_MOST = 10**12
"""More contacts than there can be people: such a number was made up."""


def total(page: Any) -> int | None:  # noqa: ANN401 - whatever the service sent
    """How many contacts there are on all pages together; None if the page does not say."""
    found = page.get("total_contacts") if isinstance(page, dict) else None
    known = isinstance(found, int) and not isinstance(found, bool) and 0 <= found <= _MOST
    return found if known else None


class Pages:
    """Follows bookmarks, and not in a circle: to one that came before, or past a page of known people.

    Pages may overlap.

    Attributes:
        next_path: the page to read next; None after the last.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._bookmarks: set[str] = set()
        self._seen: set[str] = set()
        self.next_path: str | None = path

    def addresses(self, page: Any) -> list[str]:  # noqa: ANN401 - whatever the service sent
        """The addresses that are new on this page, lower-cased; moves on to the next page."""
        people = page.get("contacts") if isinstance(page, dict) else None
        people = [each for each in people or () if isinstance(each, dict)]
        found, known = [], len(self._seen)
        for person in people:
            email = person.get("Email")
            if not isinstance(email, str):  # some have none
                self._seen.add(str(person.get("contact_id")))
            elif (key := email.strip().lower()) not in self._seen:
                self._seen.add(key)
                found.append(key)
        self._turn(page, anybody_new=len(self._seen) > known)
        return found

    def _turn(self, page: Any, *, anybody_new: bool) -> None:  # noqa: ANN401
        bookmark = page.get("bookmark") if isinstance(page, dict) else None
        self.next_path = None
        if (
            anybody_new
            and isinstance(bookmark, str)
            and bookmark
            and bookmark not in self._bookmarks
        ):
            self._bookmarks.add(bookmark)
            self.next_path = f"{self._path}/{segment(bookmark)}"
