"""A few lines about the connection under the cursor: what a narrow list has no column for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.content import Content

from tui.registry import with_keys
from tui.text import safe
from tui.widgets.static import Static
from tui.words.figures import joined, many, moment, number, per_second
from workers.consent import is_old

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workers.actions.connections import ConnectionLine

# Exports that are named; of more, the list of exports tells.
_NAMED: Final = 4


class ConnectionDetail(Static):
    """Account, key, consent and exports, each on a line."""

    DEFAULT_CSS = """
    ConnectionDetail { height: auto; max-height: 9; padding: 0 1; border-top: solid $primary; }
    """

    def __init__(self) -> None:
        super().__init__("", markup=False)

    def tell(self, line: ConnectionLine | None) -> None:
        """Say it; nothing where there is no connection."""
        self.display = line is not None
        wanted = self._content(line) if line is not None else Content("")
        if self.content != wanted:
            self.update(wanted)

    def _content(self, line: ConnectionLine) -> Content:
        if line.broken:
            return Content(safe(line.broken))
        parts: list[Content | str | tuple[str, str]] = [
            (safe(line.name), "bold"),
            f" ({line.type})",
        ]
        if line.usable_by is None:
            parts.append("  shared with you; an administrator sees more of it.")
        else:
            rate = per_second(line.rate) if line.rate is not None else "-"
            most = many(line.profile_limit, "profile") if line.profile_limit is not None else "-"
            account = (
                safe(line.account)
                if line.account
                else self._keyed("not known yet: {connections.test} calls it")
            )
            reached = moment(line.reached) if line.reached else "never"
            created = f" Created: {moment(line.created)}." if line.created else ""
            limits = f"{rate}, at most {most}."
            parts += [
                f"  account {account}, at {safe(line.base_url)}\n",
                f"{limits} Last reached: {reached}.{created}\n",
            ]
            given = line.consent
            if given is not None:
                parts.append(f"Consent: {safe(given.operator)}, {moment(given.at)}.")
                if is_old(given):
                    now = self._keyed("{connections.consent} shows the one of now")
                    parts.append(f" It was to the statement of {safe(given.version)}; {now}.")
            else:
                words = (
                    "Consent: none. Nothing is sent until somebody agrees ({connections.consent})."
                )
                parts.append((self._keyed(words), "bold"))
        parts.append(f"\nUsed by: {safe(_some(line.exports))}")
        no_key = self._keyed("there is none yet ({connections.key} gives one)")
        # Last, since a long name makes it long: what else there is to know is not cut for it.
        if line.usable_by is not None:
            parts.append(f"\nKey: {safe(line.key_source or no_key)}")
        return Content.assemble(*parts)

    def _keyed(self, words: str) -> str:
        return with_keys(words, self.screen)


def _some(exports: Sequence[str]) -> str:
    """The first of them, and how many more there are."""
    more = len(exports) - _NAMED
    if more <= 1:
        return joined(exports, "no export")
    return f"{joined(exports[:_NAMED])} and {number(more)} more"
