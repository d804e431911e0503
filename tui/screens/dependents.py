"""The exports that use a connection which is to be removed: for each, detach it or remove it too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical

from tui.screens.modal import Modal
from tui.text import safe_content
from tui.widgets.button import Button
from tui.widgets.columns import Column
from tui.widgets.static import Static
from tui.widgets.table import Row, Table
from tui.words.figures import many

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from workers.actions.connection_life import Fate


class DependentsScreen(Modal["Mapping[str, Fate] | None"]):
    """The exports of a connection that is to go: each is detached, or removed too.

    Answers with the fate of each; all are detached unless somebody says otherwise.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Cancel", id="dependents.cancel"),
        Binding("space,enter", "turn", "Other choice", show=False, id="dependents.turn",
                tooltip="Detach it, or remove it too."),
    ]  # fmt: skip
    COLUMNS: ClassVar = [Column("Export", 24, stretch=1), Column("Then", 28)]
    DEFAULT_CSS = """
    DependentsScreen Table { height: auto; max-height: 10; }
    """

    def __init__(self, connection: str, users: Mapping[str, str]) -> None:
        super().__init__()
        self._connection = connection
        self._users = users
        self._fates: dict[str, Fate] = dict.fromkeys(users, "detach")

    def compose(self) -> ComposeResult:
        """Words, one line an export, buttons."""
        count = many(len(self._users), "export")
        words = (
            f"{count} use{'s' if len(self._users) == 1 else ''} {self._connection}. "
            "space changes what becomes of the one under the cursor."
        )
        with Vertical():
            yield Static(safe_content(words), markup=False)
            yield Table(self.COLUMNS, opens=False)
            with Horizontal(classes="buttons"):
                yield Button("Cancel (esc)", "no")
                yield Button("Go on", "on")

    def on_mount(self) -> None:
        """Show them."""
        self._show()
        self.query_one(Table).focus()

    def action_turn(self) -> None:
        """Detach or remove the export under the cursor."""
        slug = self.query_one(Table).chosen
        if slug is not None:
            self._fates[slug] = "remove" if self._fates[slug] == "detach" else "detach"
            self._show()

    def on_data_table_row_selected(self) -> None:
        """A click on the line under the cursor."""
        self.action_turn()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Answer."""
        self.dismiss(self._fates if event.button.id == "on" else None)

    def _show(self) -> None:
        words = {"detach": "detached, kept for later", "remove": "removed too"}
        rows = [Row(slug, (name, words[self._fates[slug]])) for slug, name in self._users.items()]
        self.query_one(Table).show(rows)
