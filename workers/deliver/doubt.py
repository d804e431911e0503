"""What the destination may have taken without saying so: sent again, it is possibly a repeat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.journal import delivery
from workers.deliver.items import Ranges

if TYPE_CHECKING:
    from store.journal.schema import Journal


def doubtful(journal: Journal, run_id: int) -> Ranges:
    """What left without an answer, was left out of one, or was to be looked up and never was."""
    answered = Ranges.of(delivery.answered_in_part(journal, run_id))
    left_out = answered.without(Ranges.of(delivery.spans(journal, run_id)))
    return Ranges.of([*delivery.unknown_spans(journal, run_id), *left_out])
