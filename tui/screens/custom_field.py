"""A custom field of the destination: its name and type."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, ClassVar, get_args

from textual.widgets import Input, Select

from store.errors import UsageError
from store.exports import STANDARD_FIELDS, FieldType
from tui.screens.dialog import Dialog
from tui.text import safe_content
from tui.widgets.field import Field
from tui.widgets.safe_input import SafeInput
from tui.widgets.static import Static

if TYPE_CHECKING:
    from textual.app import ComposeResult


class CustomFieldScreen(Dialog[tuple[str, FieldType]]):
    """Answers with name and type.

    Args:
        taken: the custom fields that there are.
    """

    TAKE: ClassVar = "Add"

    def __init__(self, taken: Collection[str]) -> None:
        super().__init__()
        self._taken_names = {name.casefold() for name in taken}

    def fields(self) -> ComposeResult:
        """Name and type."""
        yield Static("A custom field", markup=False)
        yield Field("Name", SafeInput(id="custom", compact=True))
        types: Select[str] = Select(
            [(safe_content(name), name) for name in get_args(FieldType)],
            value="string",
            allow_blank=False,
            compact=True,
        )
        yield Field("Type", types)

    def taken(self) -> tuple[str, FieldType]:
        """Name and type, if the name can be one."""
        name = self.query_one("#custom", Input).value.strip()
        if not name:
            raise UsageError("The field has no name.", "Type one.", about="custom")
        if "--" in name or not name.isprintable():
            raise UsageError("A plain name, without -- in it.", about="custom")
        if name.casefold() in {each.casefold() for each in STANDARD_FIELDS}:
            raise UsageError(f"{name} is one of the fields that are there.", about="custom")
        if name.casefold() in self._taken_names:
            raise UsageError(f"There is a custom field {name} already.", about="custom")
        kinds: dict[str, FieldType] = {kind: kind for kind in get_args(FieldType)}
        return name, kinds[str(self.query_one(Select).value)]
