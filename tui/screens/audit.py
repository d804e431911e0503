"""The audit: who did what, when, and from where."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from store.journal.audit import Wanted
from tui.screens.deed import DeedScreen, facts_of
from tui.screens.listing import Listing
from tui.screens.pick import Pick
from tui.screens.prompt import Prompt
from tui.widgets.columns import Column
from tui.widgets.table import Row
from tui.words import moments as when
from tui.words.figures import many, moment

if TYPE_CHECKING:
    from store.journal.audit import Deed, Verdict

PAGE = 200
_BY = {
    "who": "one operator, by name",
    "action": "acts with these words, as in run, key, role",
    "subject": "what was done to one thing, as in run 7",
    "result": "what came to this: done, refused, failed, or a run's state",
    "since": "from a time on",
    "until": "up to a time",
}


class AuditScreen(Listing):
    """Every change of configuration, run, reveal, consent and role; others see their own."""

    MODE = "audit"
    ONE = "act"
    PURPOSE = (
        "Who did what, in which role, when, by which SSH connection, and what came of it: a refusal "
        "is kept too. To others than administrators, what they did themselves. {audit.narrow} "
        "narrows it down, {audit.verify} proves that no row was changed or taken out."
    )
    EMPTY = "Nothing was done yet, or nothing like that.\n\nPress {audit.narrow} to ask for something else."
    COLUMNS: ClassVar = [
        Column("Row", 7, right=True, gives_way=1),
        Column("When", 12),
        Column("Who", 10, stretch=1, most=16),
        Column("Role", 13, gives_way=4),
        Column("Did", 18, stretch=1, most=28),
        Column("To", 14, stretch=2),
        Column("By", 12, gives_way=2),
        Column("From", 24, stretch=1, gives_way=3),
    ]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "narrow", "Narrow down", id="audit.narrow"),
        Binding("v", "verify", "Verify", id="audit.verify",
                tooltip="Go through the chain: is every row there, as it was written?"),
        Binding("m", "more", "Older", id="audit.more"),
    ]  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self._wanted = Wanted()
        self._typed: dict[str, str] = {}
        self._limit = PAGE
        self._more = False
        self._deeds: dict[str, Deed] = {}

    def rows(self) -> list[Row]:
        """The newest acts that are wanted."""
        from workers.actions import audit

        found = audit.listed(self.segport.desk(), self._wanted, limit=self._limit)
        self._deeds = {str(deed.id): deed for deed in found}
        return [_row(deed) for deed in found]

    def show_rows(self, rows: list[Row]) -> None:
        """Show them; older ones are offered where there may be some."""
        super().show_rows(rows)
        more = len(rows) >= self._limit
        if more != self._more:
            self._more = more
            self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Older ones are offered where there may be some."""
        return self._more if action == "more" else super().check_action(action, parameters)

    def journal_changed(self) -> None:
        """Somebody did something."""
        self.look_again()

    def heading(self, words: str) -> None:
        """The usual words, and what the list is narrowed down to."""
        told = ", ".join(f"{name} {value}" for name, value in self._typed.items())
        super().heading(f"{words}; {told}" if told else words)

    def open(self, key: str) -> None:
        """The whole row."""
        if key in self._deeds:
            self.app.push_screen(DeedScreen(facts_of(self._deeds[key])))

    def action_more(self) -> None:
        """Show older ones too."""
        self._limit += PAGE
        self.reload()

    def action_narrow(self) -> None:
        """Pick what to ask for, then type it; everything is one of the choices."""

        def picked(place: int | None) -> None:
            if place == 0:
                self._wanted, self._typed = Wanted(), {}
                self.reload()
            elif place is not None:
                self._ask_for([*_BY][place - 1])

        self.app.push_screen(Pick("Show only", ["everything", *_BY.values()]), picked)

    def action_verify(self) -> None:
        """Go through the chain."""
        from workers.actions import audit

        def told(verdict: Verdict) -> None:
            rows = f"It holds: {many(verdict.rows, 'row')}, each as it was written, none missing."
            facts = {
                "verdict": rows if verdict.holds else f"It does not hold: {verdict.wrong}.",
                "last": f"{verdict.last}:{verdict.seal}" if verdict.last else "",
                "proof": audit.HONESTY,
            }
            self.put(DeedScreen(facts))

        self.ask(lambda: audit.verify(self.segport.desk()), told, group="verify")

    def _ask_for(self, part: str) -> None:
        def take(text: str) -> tuple[Wanted, dict[str, str]]:
            typed = {name: value for name, value in self._typed.items() if name != part}
            if text:
                typed[part] = text
            return _wanted(typed), typed

        def given(found: tuple[Wanted, dict[str, str]] | None) -> None:
            if found is not None:
                self._wanted, self._typed = found
                self.reload()

        forms = f": {when.FORMS}" if part in {"since", "until"} else ""
        words = f"Show only {_BY[part]}{forms}"
        self.app.push_screen(Prompt(words, self._typed.get(part, ""), take), given)


def _wanted(typed: dict[str, str]) -> Wanted:
    """What was typed, as the journal is asked for it."""
    return Wanted(
        who=typed.get("who"),
        action=typed.get("action"),
        subject=typed.get("subject"),
        result=typed.get("result"),
        since=when.since(typed["since"]) if "since" in typed else None,
        until=when.until(typed["until"]) if "until" in typed else None,
    )


def _row(deed: Deed) -> Row:
    return Row(
        str(deed.id),
        (
            str(deed.id),
            moment(deed.at),
            deed.operator,
            deed.role or "-",
            deed.act,
            deed.subject,
            deed.via,
            deed.session or "-",
        ),
        {0: deed.id, 1: deed.at},
    )
