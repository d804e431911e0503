"""`segport.toml`: the workspace's own settings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import msgspec

from store import documents
from store.alerts import Alerts
from store.errors import ConfigurationError
from store.schedules import Refresh
from store.workspace import SETTINGS_FILE

if TYPE_CHECKING:
    from store.workspace import Workspace


class CsvDialect(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """How a CSV file is read: settled once, then never guessed again."""

    delimiter: str
    quote: str = '"'
    escape: str = '"'
    encoding: str = "utf-8"
    header: bool = True
    columns: list[str] = []


class SegmentSettings(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What the workspace knows of one segment file."""

    csv: CsvDialect | None = None


LONGEST_KEPT: Final = 36_500
"""A century in days: who wants more leaves it away."""

Days = Annotated[int, msgspec.Meta(ge=1, le=LONGEST_KEPT)]


class Retention(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """For how many days after a run's end what names its customers is kept; absent means for ever.

    Attributes:
        plans: the frozen plan and the rows it left out.
        rejects: who was refused, and the destination's words.
        logs: the run's log lines.
    """

    plans: Days | None = None
    rejects: Days | None = None
    logs: Days | None = None


class Operators(msgspec.Struct, forbid_unknown_fields=True):
    """Who may do what, by account name. Nobody named means: everyone is an administrator."""

    administrators: list[str] = []
    contributors: list[str] = []
    viewers: list[str] = []


class Settings(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """The workspace's settings.

    Attributes:
        data: the folder of profiles, suppressions and segments, seen from the workspace.
        profile_key: the column that joins a segment of bare keys to the profile table.
        operators: who may do what.
        segments: what is settled about single segment files, by segment name.
        alerts: what is told to whom; when absent, the usual alerts, shown here and sent nowhere.
        refresh: when every export runs that has no schedule of its own; off when absent.
        retention: for how long plans, rejects and logs are kept.
    """

    data: str = "data"
    profile_key: str = "CustomerId"
    operators: Operators = msgspec.field(default_factory=Operators)
    segments: dict[str, SegmentSettings] = {}
    refresh: Refresh | None = None
    alerts: Alerts | None = None
    retention: Retention = msgspec.field(default_factory=Retention)


def keep_retention(workspace: Workspace, retention: Retention) -> None:
    """Write down how long things are kept, keeping the rest of the file as it is."""
    document = documents.read(workspace.settings_path, Settings)
    documents.update(document, msgspec.structs.replace(document.value, retention=retention))


def load(workspace: Workspace) -> Settings:
    """Read the settings; a broken file is a ConfigurationError naming line and field."""
    return documents.read(workspace.settings_path, Settings).value


def problem(workspace: Workspace) -> ConfigurationError | None:
    """Why the settings cannot be used; None when they can."""
    try:
        load(workspace)
    except ConfigurationError as error:
        return error
    return None


def keep_dialect(workspace: Workspace, segment: str, dialect: CsvDialect) -> None:
    """Write down how a segment's CSV is read, keeping the rest of the file as it is."""
    document = documents.read(workspace.settings_path, Settings)
    known = document.value.segments.get(segment)
    if known is not None and known.csv == dialect:
        return
    segments = {**document.value.segments, segment: SegmentSettings(csv=dialect)}
    documents.update(document, msgspec.structs.replace(document.value, segments=segments))


def data_folder(root: Path) -> Path:
    """The data folder of the workspace at `root`.

    A settings file that cannot be read means the usual folder: the workspace opens all the same,
    so that the app can show what is wrong with the file.
    """
    try:
        named = documents.read(root / SETTINGS_FILE, Settings).value.data
    except ConfigurationError:
        named = Settings().data
    return (root / named).resolve()
