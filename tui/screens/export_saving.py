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


def save(form: ExportForm, slug: str | None, draft: Export, seen: str | None) -> None:
    """Keep it and leave the form; nothing is run.

    Args:
        form: where it was made.
        slug: of the export that is edited; None for a new one.
        draft: the export as it shall be.
        seen: digest of the file that was edited.
    """

    def work() -> Saved:
        from workers.actions import exports

        return exports.save(form.segport.desk(), draft, slug, seen)

    def saved(done: Saved) -> None:
        form.say(" ".join(["Saved. It was not run: nothing was sent.", *done.notes]))
        form.app.pop_screen()

    def failed(error: SegportError) -> None:
        form.problem(error)
        if isinstance(error, ChangedOnDisk):
            ask_whose(error)

    def ask_whose(error: ChangedOnDisk) -> None:
        words = f"{error.message}\n\n{differences(error.theirs, error.ours)}"

        def answered(mine: bool | None) -> None:
            if mine:
                save(form, slug, draft, error.digest)

        form.app.push_screen(Confirm(words, yes="Save mine over it", no="Stay"), answered)

    form.outcome("Saving...")
    form.ask(work, saved, group="save", failed=failed)
