"""What is chosen in the export form over it: a list's title, a column, a custom field, limits."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tui.screens.custom_field import CustomFieldScreen
from tui.screens.limits import LimitsScreen
from tui.screens.pick import Pick
from tui.screens.prompt import Prompt
from tui.widgets.matching import NOT_SENT, Matching

if TYPE_CHECKING:
    from store.exports import FieldType, Guards
    from tui.screens.export_form import ExportForm
    from tui.widgets.marks import Marks
    from workers.destinations.base import RemoteList


def entitle(form: ExportForm, marks: Marks) -> None:
    """The title of the list that the segment under the cursor fills."""
    segment = marks.chosen
    if segment is None:
        return

    def answered(title: str | None) -> None:
        if title is not None:
            marks.entitle(segment, title)

    words = f"Title of the list that {segment} fills; it is made if there is none"
    form.app.push_screen(Prompt(words, marks.title(segment)), answered)


def find(form: ExportForm, marks: Marks) -> None:
    """Go to a segment."""

    def picked(place: int | None) -> None:
        if place is not None:
            marks.go_to(marks.names[place])

    form.app.push_screen(
        Pick(
            "Go to which segment?",
            marks.names,
            marks.names.index(marks.chosen) if marks.chosen else 0,
        ),
        picked,
    )


def choose_list(form: ExportForm, marks: Marks) -> None:
    """One of the lists that the account has already."""
    segment, connection = marks.chosen, form.setup.draft().connection
    if segment is None:
        return
    if connection is None:
        form.outcome("Choose a connection first: its account's lists are what there is.")
        return

    async def work() -> list[RemoteList]:
        from workers.actions import lists

        return await lists.listed(form.segport.desk(), connection)

    def known(found: list[RemoteList]) -> None:
        if not found:
            form.outcome("The account has no list yet: the first run makes it.")
            return
        form.outcome(form.STANDING)
        titles = Counter(each.title for each in found)
        shown = [f"{e.title} ({e.id})" if titles[e.title] > 1 else e.title for e in found]
        now = marks.title(segment)
        at = next((n for n, each in enumerate(found) if each.title == now), 0)

        def picked(place: int | None) -> None:
            if place is not None:
                one = found[place]
                # Where the title is enough, the file stays readable.
                marks.fills(segment, one.title, one.id if titles[one.title] > 1 else None)

        form.put(Pick(f"{segment} fills", shown, at), picked)

    form.outcome("Asking for the account's lists...")
    form.ask_async(work, known, group="lists")


def choose_column(form: ExportForm) -> None:
    """The column that feeds the field under the cursor."""
    matching = form.query_one(Matching)
    key, columns = matching.chosen, matching.columns_known
    if key is None:
        return
    if not columns:
        form.outcome("Mark a segment first: its columns are what there is to choose from.")
        return
    field, column = matching.at(key)
    at = columns.index(column) + 1 if column in columns else 0

    def picked(place: int | None) -> None:
        if place is not None:
            matching.put(key, columns[place - 1] if place else None)

    form.app.push_screen(Pick(f"Column for {field}", [NOT_SENT, *columns], at), picked)


def add_custom(form: ExportForm) -> None:
    """A custom field's name and type; then its column."""
    matching = form.query_one(Matching)

    def named(answer: tuple[str, FieldType] | None) -> None:
        if answer is not None:
            form.touched()
            matching.add_custom(*answer)

    form.app.push_screen(CustomFieldScreen(list(matching.custom)), named)


def limit(form: ExportForm) -> None:
    """Guards, and which of several rows of a person wins."""
    setup = form.setup

    def answered(answer: tuple[Guards, str | None] | None) -> None:
        if answer is not None and answer != (setup.guards, setup.newest_by):
            form.touched()
            setup.limit(*answer)
            form.show_waits()
            form.question_changed()

    columns = form.query_one(Matching).columns_known
    form.app.push_screen(LimitsScreen(setup.guards, setup.newest_by, columns), answered)
