"""An export is kept from its form: over what somebody else saved meanwhile only if that is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.documents import ChangedOnDisk
from tui.screens.confirm import Confirm
from tui.words.figures import differences

if TYPE_CHECKING:
    from store.errors import SegportError
    from store.exports import Export
    from tui.screens.export_form import ExportForm
    from workers.actions.exports import Saved


def save(form: ExportForm, draft: Export, over: tuple[str, str] | None) -> None:
    """Keep it and leave the form; nothing is run.

    Args:
        form: where it was made.
        draft: the export as it shall be.
        over: slug of the export that is edited and digest of the file that was; None for a new one.
    """

    def work() -> Saved:
        from workers.actions import exports

        desk = form.segport.desk()
        return exports.save(desk, draft, *over) if over else exports.add(desk, draft)

    def saved(done: Saved) -> None:
        words = ["Saved. It was not run: nothing was sent.", *done.notes]
        form.leave(" ".join(words), made=done.slug)

    def failed(error: SegportError) -> None:
        form.problem(error)
        if isinstance(error, ChangedOnDisk):
            ask_whose(error)

    def ask_whose(error: ChangedOnDisk) -> None:
        words = f"{error.message}\n\n{differences(error.theirs, error.ours)}"

        def answered(mine: bool | None) -> None:
            if mine and over:
                save(form, draft, (over[0], error.digest))

        form.app.push_screen(Confirm(words, yes="Save mine over it", no="Stay"), answered)

    form.outcome("Saving...")
    form.ask(work, saved, group="save", failed=failed)
