"""Requests in words: what one was, and what came of it. No state hides behind another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from store.figures import with_contacts
from store.journal.delivery import Fate
from tui.words.figures import clock, many, number
from tui.words.time_left import requests_in_all

if TYPE_CHECKING:
    from store.journal.delivery import Request
    from store.journal.runs import Run
    from workers.actions.progress import Extra, Look, Phase
    from workers.actions.requests import RequestDetail, Shown

REPEATED: Final = (
    "Possibly repeated: sent once more because no answer told whether the first time had worked. "
    "The destination knows contacts by address, so nobody is there twice."
)

# Set apart from "answered" by shape, not by colour alone.
MARKS: Final[dict[Fate, str]] = {
    Fate.SENDING: "… sending",
    Fate.ANSWERED: "answered",
    Fate.REFUSED: "× refused",
    Fate.UNKNOWN: "? unknown",
    Fate.NOT_SENT: "- not sent",
}


def outcome(request: Request) -> str:
    """What came of a request, in a sentence or two."""
    took = "" if request.ms is None else f" after {milliseconds(request.ms)}"
    status = "" if request.status is None else f" with status {request.status}"
    said = f': "{request.words}"' if request.words else "."
    match request.state:
        case Fate.SENDING:
            return "It has left or is about to leave; there is no answer yet."
        case Fate.ANSWERED:
            return f"The destination took it{status}{took}."
        case Fate.REFUSED if request.status == 429:
            return f"Too fast for the destination{status}{took}; it took nothing{said}"
        case Fate.REFUSED:
            return f"The destination refused it{status}{took}; it took nothing of it{said}"
        case Fate.UNKNOWN:
            return (
                f"Unknown: it left, and no usable answer came{status}{took} "
                f"({request.words or 'no reason is known'}). The destination may have taken it; "
                "what is not acknowledged is sent again."
            )
        case Fate.NOT_SENT:
            return f"It never left this machine{said}"


def how_many(run: Run, look: Look | None) -> str:
    """How many requests with contacts a run takes as far as is known now, and why more than planned.

    Args:
        run: the run.
        look: what its requests tell; None says neither their pace nor a reason.
    """
    done, planned, wanted = run.requests_sent, run.requests_planned, requests_in_all(run, look)
    words = with_contacts(wanted)
    if done != wanted:
        words = f"{number(done)} of {words}"
    if look is not None and look.per_second:
        words += f", {look.per_second:.3g}/s"
    if wanted <= planned:
        return words
    reasons = [] if look is None else _extra(look.extra)
    if not reasons:
        return f"{words}, {number(wanted - planned)} more than planned"
    return f"{words}; {number(planned)} {'was' if planned == 1 else 'were'} planned: {', '.join(reasons)}"


def _extra(extra: Extra) -> list[str]:
    told = (
        (extra.halved, "refused as a whole and halved"),
        (extra.unanswered, "not answered"),
        (extra.too_fast, "too fast, sent again"),
        (extra.joins, "to put one contact on a list"),
        (extra.alone, "for a contact that no answer named"),
    )
    return [f"{number(count)} {words}" for count, words in told if count]


def after(detail: RequestDetail) -> list[str]:
    """What followed for the contacts of a request."""
    lines = []
    if detail.rejected:
        lines.append(f"{many(detail.rejected, 'contact')} rejected by this answer.")
    if detail.request.state is Fate.REFUSED and detail.request.contacts > 1:
        lines.append("Its contacts were sent again in smaller requests.")
    if detail.repeated:
        lines.append(
            f"{many(detail.repeated, 'contact')} of its range possibly repeated. {REPEATED}"
        )
    return lines


def inexact(detail: RequestDetail) -> str:
    """Why what is shown may not be what was sent; empty if it is."""
    sent = detail.sent
    if sent is None:
        return "The frozen plan no longer holds its contacts, so they cannot be shown."
    if sent.exact:
        return ""
    missing = detail.request.contacts - sent.candidates
    if missing > 0:
        return (
            f"It held {many(detail.request.contacts, 'contact')}; {number(missing)} of them "
            f"{'is' if missing == 1 else 'are'} in the plan no more, and not shown."
        )
    return (
        f"It held {many(detail.request.contacts, 'contact')}; {sent.candidates} of the plan may "
        "have been among them, and the journal cannot tell any more which. These are the first."
    )


def body(sent: Shown) -> list[str]:
    """The body, a contact a line: long batches stay readable, and every byte is there."""
    if not sent.body:
        return []
    import msgspec

    content = msgspec.json.decode(sent.body, type=dict[str, msgspec.Raw])
    if "contacts" not in content:
        return msgspec.json.format(sent.body, indent=2).split("\n")
    contacts = msgspec.json.decode(content["contacts"], type=list[msgspec.Raw])
    return ['{"contacts":[', *(f"  {bytes(each).decode()}," for each in contacts[:-1]),
            f"  {bytes(contacts[-1]).decode()}", "]}"]  # fmt: skip


def unknown(count: int, *, active: bool) -> str:
    """Requests that left without a usable answer, so that nobody overlooks them."""
    again = "; what is not acknowledged is sent again" if active else ""
    return f"? {many(count, 'request')} unknown: no usable answer came{again}"


def took(ms: float | None) -> str:
    """The same in eight cells."""
    return f"{ms / 1000:.1f} s" if ms is not None and ms >= 10_000 else milliseconds(ms)


def milliseconds(ms: float | None) -> str:
    """`12 ms`, `3,400 ms`; a dash for none."""
    return "-" if ms is None else f"{ms:,.0f} ms"


def phase(found: Phase) -> str:
    """The name of a phase; what was sent in it stands under the state it belongs to."""
    return f"  {found.name}" if found.requests is not None else found.name


def when(request: Request) -> str:
    """The time of day to the millisecond, as requests are close together."""
    return f"{clock(request.sent_at)}.{request.sent_at[20:23]}"
