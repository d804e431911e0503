"""What the destination says before a plan: whose account, which lists, how large."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workers.destinations.base import Account, CustomField, Destination, RemoteList
    from workers.plan.targets import Targets


@dataclass(slots=True)
class Survey:
    """What is there.

    Attributes:
        custom_fields: None where they were not asked for, or the service does not say.
    """

    account: Account
    lists: list[RemoteList]
    custom_fields: list[CustomField] | None = None
    sizes: dict[str, int | None] = field(default_factory=dict)


async def look(destination: Destination, *, custom_fields: bool) -> Survey:
    """Ask for the account, its lists and, if the export feeds any, its own fields."""
    report = await destination.connect()
    survey = Survey(report.account, await destination.lists())
    if custom_fields:
        survey.custom_fields = await destination.custom_fields()
    return survey


async def measure(destination: Destination, survey: Survey, targets: Targets) -> None:
    """Ask for the size of every list that exists and is filled: one request each."""
    for target in targets.lists:
        if target.list_id is not None:
            survey.sizes[target.list_id] = await destination.list_size(target.list_id)
