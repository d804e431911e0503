"""Operators: who may do what here, and who is let in by SSH."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from store.people.operators import ROLES, a_role
from tui.screens.confirm import Confirm
from tui.screens.listing import Listing
from tui.screens.pick import Pick
from tui.screens.prompt import Prompt
from tui.widgets.columns import Column
from tui.widgets.table import Row
from tui.words.figures import joined, many

if TYPE_CHECKING:
    from store.people.operators import Role
    from workers.actions.operators import OperatorLine

_MAY = {
    "administrator": "administrator: everything",
    "contributor": "contributor: exports over shared connections",
    "viewer": "viewer: looks",
}


class OperatorsScreen(Listing):
    """Who may do what; a change holds at once."""

    MODE = "operators"
    ONE = "operator"
    PURPOSE = (
        "Who may do what: administrators everything, contributors all exports over shared "
        "connections, viewers look. A name that begins with @ is a unix group. Where people come in "
        "over SSH through the gate, {operators.key} gives one a key."
    )
    EMPTY = (
        "Nobody is named, so everyone with a shell as this account is an administrator.\n\n"
        "Press {operators.new} to name somebody; you are named an administrator with them."
    )
    COLUMNS: ClassVar = [
        Column("Name", 18, stretch=2),
        Column("Role", 14),
        Column("Members", 16, stretch=2, gives_way=1),
        Column("Keys", 4, right=True),
        Column("You", 4),
    ]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "new", "Name somebody", id="operators.new"),
        Binding("p", "key", "Give a key", id="operators.key",
                tooltip="Let the person in through the gate by a public SSH key."),
        Binding("x", "remove", "Take out", id="operators.remove"),
    ]  # fmt: skip

    ON_A_LINE = frozenset({"key", "remove"})

    def __init__(self) -> None:
        super().__init__()
        self._lines: dict[str, OperatorLine] = {}

    def rows(self) -> list[Row]:
        """Everybody who is named."""
        from workers.actions import operators

        found = operators.listed(self.segport.desk())
        self._lines = {line.name: line for line in found}
        return [_row(line) for line in found]

    def open(self, key: str) -> None:
        """Give another role."""
        line = self._lines.get(key)
        if line is not None:
            role = line.role
            self._if_may("change a role", lambda: self._pick_role(key, role, new=False))

    def action_new(self) -> None:
        """Ask for a name that can be named, then for the role."""

        def named(name: str | None) -> None:
            if name is not None:
                self._pick_role(name, "contributor", new=True)

        def take(name: str) -> str:
            from workers.actions import operators

            operators.check_new(self.segport.desk(), name)
            return name

        prompt = Prompt("An account name, or @ and a unix group", "", take)
        self._if_may("add an operator", lambda: self.app.push_screen(prompt, named))

    def action_key(self) -> None:
        """Ask for the public key of the person under the cursor, until it is one."""
        name = self.table.chosen
        if name is None:
            return

        def given(told: str | None) -> None:
            if told is not None:
                self._told(told)

        words = f"Paste the public SSH key of {name} (ssh-ed25519 AAAA...)"
        prompt = Prompt(words, "", lambda text: self._give(name, text))
        self._if_may("let somebody in", lambda: self.app.push_screen(prompt, given))

    def action_remove(self) -> None:
        """Ask, then take out."""
        name = self.table.chosen
        if name is None:
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self.ask(lambda: self._take_out(name), self._told, group="change")

        words = f"Take {name} out?\n\nIt holds at once, also where they are at work now."
        confirm = Confirm(words, yes="Take out")
        self._if_may("remove an operator", lambda: self.app.push_screen(confirm, answered))

    def _if_may(self, what: str, then: Callable[[], object]) -> None:
        self.if_may("administrator", f"to {what}", then)

    def _pick_role(self, name: str, now: Role, *, new: bool) -> None:
        def picked(place: int | None) -> None:
            if place is not None:
                role = ROLES[place]
                self.ask(lambda: self._set(name, role, new), self._told, group="change")

        choices = [_MAY[role] for role in ROLES]
        self.app.push_screen(Pick(f"What may {name} do?", choices, ROLES.index(now)), picked)

    def _set(self, name: str, role: Role, new: bool) -> str:
        from workers.actions import operators

        if not new:
            operators.set_role(self.segport.desk(), name, role)
            return f"{name} is {a_role(role)} from now on."
        notes = operators.add(self.segport.desk(), name, role)
        return " ".join([f"{name} is {a_role(role)} from now on.", *notes])

    def _give(self, name: str, text: str) -> str:
        from workers.actions import operators

        return " ".join(operators.add(self.segport.desk(), name, None, text))

    def _take_out(self, name: str) -> str:
        from workers.actions import operators

        keys = operators.remove(self.segport.desk(), name)
        lost = f" {many(keys, 'key')} of theirs opens the gate no more." if keys else ""
        return f"{name} is no operator any more.{lost}"

    def _told(self, words: str) -> None:
        self.say(words)
        self.reload()


def _row(line: OperatorLine) -> Row:
    members = "-" if line.members is None else joined(line.members, "nobody here")
    keys = str(len(line.keys)) if line.keys else "-"
    return Row(line.name, (line.name, line.role, members, keys, "you" if line.you else "-"))
