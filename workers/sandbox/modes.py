"""Every switch of the simulator: where sources about the API disagree, one mode for each."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

DEMO_KEY = "5e9a0f7c2b4d4e1f8a6b3c9d0e1f2a3b"
"""The key that the simulator accepts unless told otherwise. It opens nothing else."""

NotNegative = Annotated[float, msgspec.Meta(ge=0)]
FieldType = Literal["string", "integer", "float", "boolean", "date"]
ListKey = Literal["honoured", "create-only", "ignored"]


class Modes(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """How the simulator behaves. Every field can be changed while it runs."""

    # Who may ask, and how fast.
    keys: tuple[str, ...] = (DEMO_KEY,)
    """The keys accepted in `autopilotapikey`; each has its own token bucket."""
    rate: NotNegative = 20.0
    """Tokens a second; 0 means no limit. The vendor wrote 5 in 2015; clients have used 20 since."""
    burst: NotNegative = 0.0
    """Capacity of the bucket, which starts full; 0 means as large as the rate."""
    latency: NotNegative = 0.0
    """Seconds between the work and its answer."""
    throttle_text: Literal["as documented", "rate", "documentation"] = "as documented"
    """The sentence of a 429: that of the rate for POST contact alone, or always the same one."""
    throttle_envelope: Literal["error", "code"] = "error"
    """`{"error", "message"}` as documented, or restify's own `{"code", "message"}`."""
    throttle_retry_after: str = ""
    """Retry-After of a 429, sent as written. The real one has never been seen to send any."""

    # The account.
    account: bool = True
    """Whether GET /account exists; without it, the answer is a 404."""
    account_email: str = "marketing@example.com"
    account_name: str = "Segport Sandbox"

    # Contacts.
    absorb: bool = False
    """Bulk calls are answered without a look at their contacts, which are not stored: for
    measuring a sender."""
    merge: Literal["overwrite-all", "keep-names"] = "overwrite-all"
    """Whether an update overwrites names and address (2015-07) or keeps them (2015 blueprint)."""
    bulk_map: bool = True
    """Whether a bulk answer carries `email_contact_map` (2017); without, it is the 2015 shape."""
    invalid_email: Literal["rejected", "skipped", "accepted"] = "rejected"
    """A bad address: the call is a 400, or a bulk call passes it over, or it is stored."""
    check_values: bool = True
    """Whether a value that is not of its field's type makes the call a 400."""
    undeclared_fields: Literal["created", "rejected"] = "created"
    """A custom field nobody made in the web interface: it is made, or the call is a 400."""
    type_conflicts: Literal["accepted", "rejected"] = "accepted"
    """A custom field sent with another type than it has: kept as sent, or the call is a 400."""
    declared: dict[str, FieldType] = {}
    """Custom fields that exist from the start, by name."""
    list_key: ListKey = "honoured"
    """`_autopilot_list` in POST contact: always, only for a contact it creates, or never."""
    bulk_list_key: ListKey = "honoured"
    """The same in POST contacts; `create-only` is the doubt that has no recorded proof."""
    unknown_list: Literal["rejected", "ignored"] = "rejected"
    """`_autopilot_list` with a list that does not exist: a 404, or the contact joins nothing."""
    delete_answer: Literal[200, 204] = 200
    """DELETE contact: 200 with `{}`, or 204 without a body."""

    # Lists.
    duplicate_list: Literal["conflict", "second"] = "conflict"
    """Creating a list whose name exists: a 409, or a second list of that name."""
    list_answer_name: bool = True
    """Whether the answer to creating a list repeats its `name` (2015: only `list_id`)."""

    # Paging.
    page_size: Annotated[int, msgspec.Meta(ge=1)] = 100
    """Contacts a page. Always 100 at the real one."""
    page_overlap: bool = False
    """Whether a page begins with the contact that its bookmark names, which was already shown."""

    @property
    def capacity(self) -> float:
        """The tokens that a full bucket holds."""
        return self.burst or max(self.rate, 1.0)


def changed(modes: Modes, patch: dict[str, object]) -> Modes:
    """The modes with some fields replaced.

    Raises:
        msgspec.ValidationError: a name or a value does not fit.
    """
    return msgspec.convert({**msgspec.to_builtins(modes), **patch}, Modes, strict=False)
