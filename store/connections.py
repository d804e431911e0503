"""Connections: a named account at a destination. Their files never hold a key."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

from store import documents
from store.errors import ConfigurationError, NotFound, UsageError
from store.figures import many
from store.names import LONGEST_NAME

if TYPE_CHECKING:
    from store.workspace import Workspace

AUTOPILOT_URL = "https://api2.autopilothq.com/v1"
DEFAULT_RATE = 4.0
MOST_RATE = 100_000
DEFAULT_PROFILE_LIMIT = 100_000

Audience = Literal["administrators", "contributors"]


class Consent(msgspec.Struct, forbid_unknown_fields=True):
    """Who agreed that data leaves, when, to which text, and for which origin."""

    operator: str
    at: datetime
    version: str
    origin: str


class Connection(msgspec.Struct, forbid_unknown_fields=True):
    """A connection as its file holds it.

    Attributes:
        name: the display name.
        base_url: where the service answers.
        rate: requests per second that Segport may send.
        profile_limit: the most distinct profiles one export may hold.
        usable_by: who may build exports on it.
        consent: absent until an operator agreed.
        account: the account's email as the service gave it when last connected.
        created: when it was added; absent for one that was written by hand.
    """

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_NAME)]
    type: Literal["autopilot"] = "autopilot"
    base_url: str = AUTOPILOT_URL
    rate: Annotated[float, msgspec.Meta(gt=0, le=MOST_RATE)] = DEFAULT_RATE
    profile_limit: Annotated[int, msgspec.Meta(ge=1)] = DEFAULT_PROFILE_LIMIT
    usable_by: Audience = "administrators"
    account: str | None = None
    created: datetime | None = None
    consent: Consent | None = None


def refuse_bare(base_url: str) -> None:
    """Refuse an address without a scheme: `host:port` could be taken for a scheme and a path.

    Raises:
        ConfigurationError: it has none.
    """
    if "://" not in base_url:
        raise ConfigurationError(
            "The base URL does not begin with https://.",
            f"It looks like {AUTOPILOT_URL}; for this machine itself http:// will do.",
            about="base_url",
        )


def unusable_rate(rate: float) -> UsageError | None:
    """Why a connection cannot have this rate; None where it can."""
    if 0 < rate <= MOST_RATE:  # not so for nan
        return None
    return UsageError(
        f"A connection sends more than 0 and at most {many(MOST_RATE, 'request')} a second.",
        f"{DEFAULT_RATE:g} is usual.",
        about="rate",
    )


def path_of(workspace: Workspace, slug: str) -> Path:
    """Where the connection of this slug is kept."""
    return workspace.connections_folder / f"{slug}.toml"


def load(workspace: Workspace, slug: str) -> documents.Document[Connection]:
    """Read one connection by its slug or its display name."""
    path = path_of(workspace, slug)
    if "/" in slug or not documents.is_there(path):
        path = _path_by_name(workspace, slug)
    return documents.read(path, Connection)


def slug_of(workspace: Workspace, named: str) -> str:
    """The slug of a connection that goes by its slug or its display name; as given if there is none."""
    if "/" not in named and documents.is_there(path_of(workspace, named)):
        return named
    try:
        return _path_by_name(workspace, named).stem
    except NotFound:
        return named


def catalogue(workspace: Workspace) -> dict[str, Connection | documents.Broken]:
    """Every connection by slug; a broken file is an entry too."""
    return {
        path.stem: _read_or_broken(path)
        for path in sorted(workspace.connections_folder.glob("*.toml"), key=lambda path: path.stem)
        if not path.name.startswith(".")
    }


def _read_or_broken(path: Path) -> Connection | documents.Broken:
    try:
        return documents.read(path, Connection).value
    except (ConfigurationError, NotFound) as error:
        return documents.Broken(path.stem, path, error.message)


def _path_by_name(workspace: Workspace, name: str) -> Path:
    wanted = name.strip().casefold()
    entries = catalogue(workspace)
    found = [
        slug
        for slug, entry in entries.items()
        if isinstance(entry, Connection) and entry.name.casefold() == wanted
    ]
    if len(found) == 1:
        return path_of(workspace, found[0])
    if found:
        raise NotFound(
            f"Several connections are named {name}: {', '.join(found)}.", "Use one of these."
        )
    likely = documents.slug(name)
    if isinstance(entries.get(likely), documents.Broken):
        # Its name is in the file, and the file is broken: that is what to say.
        return path_of(workspace, likely)
    known = f"There are: {', '.join(entries)}." if entries else "There are none yet."
    raise NotFound(f"There is no connection {name}.", known)
