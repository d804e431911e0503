"""The same answer with its personal values masked. The address itself was typed by who asks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from store import masks

if TYPE_CHECKING:
    from workers.why.answer import RunThen, Why


def masked(why: Why) -> Why:
    """What may be shown to anybody who may look."""
    return replace(
        why,
        answer=masks.in_words(why.answer),
        exports=[replace(one, fields=masks.sent_contact(one.fields)) for one in why.exports],
        ledgers=[replace(one, fields=masks.sent_contact(one.fields)) for one in why.ledgers],
        runs=[_run(run) for run in why.runs],
    )


def _run(run: RunThen) -> RunThen:
    requests = [replace(one, words=masks.in_words(one.words)) for one in run.requests]
    return replace(
        run,
        fields=masks.sent_contact(run.fields),
        words=masks.in_words(run.words),
        requests=requests,
    )
