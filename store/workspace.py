"""The workspace: a folder of plain files that operators own, and `.segport/`, which the app owns."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from store.errors import NotFound, StorageError, UsageError

SETTINGS_FILE = "segport.toml"
STATE_FOLDER = ".segport"
VARIABLE = "SEGPORT_WORKSPACE"

_GITIGNORE = """\
# Customer data and what Segport keeps of its runs do not belong in git.
.segport/
data/
"""

_SETTINGS = """\
# The settings of this Segport workspace.

# The folder that holds profiles.*, suppressed.* and segments/, seen from here.
data = "data"

# The column that joins a segment of bare keys to the profile table.
profile_key = "CustomerId"

# Who may do what. While nobody is named here, everyone who can read this
# folder is an administrator.
[operators]
administrators = []
contributors = []
viewers = []
"""


def journal_of(root: Path) -> Path:
    """The journal of the workspace at `root`."""
    return root / STATE_FOLDER / "journal.db"


@dataclass(frozen=True, slots=True)
class Workspace:
    """A folder with a `segport.toml`; knows where everything lies, and reads none of it."""

    root: Path
    data: Path

    @property
    def settings_path(self) -> Path:
        """The workspace's own settings."""
        return self.root / SETTINGS_FILE

    @property
    def segments_folder(self) -> Path:
        """Where segment files lie."""
        return self.data / "segments"

    @property
    def connections_folder(self) -> Path:
        """One TOML a connection; never a key."""
        return self.root / "connections"

    @property
    def exports_folder(self) -> Path:
        """One TOML an export."""
        return self.root / "exports"

    @property
    def state(self) -> Path:
        """What the app alone writes, 0700."""
        return self.root / STATE_FOLDER

    @property
    def runs_folder(self) -> Path:
        """A folder for each run: its plan, and what it left out."""
        return self.state / "runs"

    @property
    def ledger_folder(self) -> Path:
        """A Parquet file for each export: what the destination has acknowledged."""
        return self.state / "ledger"

    @property
    def locks_folder(self) -> Path:
        """Lock files; a held lock is the proof that a run lives."""
        return self.state / "locks"

    @property
    def secrets_folder(self) -> Path:
        """Key files, 0600."""
        return self.state / "secrets"

    @property
    def journal_path(self) -> Path:
        """Runs, requests, rejects: SQLite."""
        return journal_of(self.root)

    @property
    def log_path(self) -> Path:
        """Log lines: SQLite."""
        return self.state / "log.db"

    def run_folder(self, run_id: int) -> Path:
        """Where the plan of one run lies."""
        return self.runs_folder / str(run_id)


def create(root: Path) -> Workspace:
    """Make a workspace of a folder, which may already hold data.

    Raises:
        UsageError: it is one already.
        StorageError: it cannot be written.
    """
    try:
        if (root / SETTINGS_FILE).exists():
            raise UsageError(f"{root} is a Segport workspace already.", "Nothing was changed.")
        root.mkdir(parents=True, exist_ok=True)
        # Customers are in it; a folder that is there already stays as open as it is.
        (root / "data").mkdir(mode=0o700, exist_ok=True)
        for folder in ("connections", "exports", "data/segments"):
            (root / folder).mkdir(parents=True, exist_ok=True)
        if not (root / ".gitignore").exists():
            _write_new(root / ".gitignore", _GITIGNORE)
        _write_new(root / SETTINGS_FILE, _SETTINGS)
    except OSError as error:
        raise _not_writable(root, error) from error
    return open_workspace(root)


def _write_new(path: Path, text: str) -> None:
    """Whole or not at all: half of the settings would make half a workspace."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError:
        path.unlink(missing_ok=True)
        raise


def around(folder: Path) -> Path | None:
    """The nearest folder above this one that is a workspace itself."""
    above = folder.absolute().parents
    return next((each for each in above if _is_workspace(each)), None)


def find(
    explicit: Path | None = None,
    environ: Mapping[str, str] = os.environ,
    start: Path | None = None,
) -> Workspace:
    """Find the workspace as git finds its folder.

    Args:
        explicit: what `--workspace` said.
        environ: where `$SEGPORT_WORKSPACE` is looked up.
        start: the folder to look upward from; the current one by default.
    """
    named = explicit or (Path(environ[VARIABLE]) if environ.get(VARIABLE) else None)
    if named is not None:
        if not _is_workspace(named):
            raise NotFound(
                f"{named} is not a Segport workspace: it has no {SETTINGS_FILE}.",
                f"Make one with `segport init {named}`.",
            )
        return open_workspace(named)
    here = (start or Path.cwd()).absolute()
    for folder in (here, *here.parents):
        if _is_workspace(folder):
            return open_workspace(folder)
    raise NotFound(
        f"There is no Segport workspace in {here} or above it.",
        "Make one with `segport init`, or try `segport demo`.",
    )


def _is_workspace(folder: Path) -> bool:
    """Whether there are settings in it.

    Raises:
        StorageError: this account may not look into it.
    """
    try:
        return (folder / SETTINGS_FILE).is_file()
    except OSError as error:
        raise StorageError(
            f"{folder} cannot be looked into ({error.strerror}).",
            "Name a workspace that this account may open with --workspace, or go to it first.",
        ) from error


def open_workspace(root: Path) -> Workspace:
    """Open the workspace at `root`, with the app's own folders there and private."""
    from store.settings import data_folder

    root = root.resolve()
    workspace = Workspace(root=root, data=data_folder(root))
    try:
        for folder in (
            workspace.state,
            workspace.runs_folder,
            workspace.ledger_folder,
            workspace.locks_folder,
            workspace.secrets_folder,
        ):
            folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise _not_writable(root, error) from error
    # Root could write everywhere, and the owner then not read what root wrote.
    foreign = os.geteuid() == 0 and _other_owner(root)
    if foreign or not os.access(workspace.state, os.W_OK | os.X_OK):
        raise _not_writable(root, None)
    return workspace


def _other_owner(root: Path) -> str:
    """The account that keeps its history here, where it is another; empty where it is this one."""
    import pwd

    try:
        owner = (root / STATE_FOLDER).stat().st_uid
    except OSError:
        return ""
    if owner == os.geteuid():
        return ""
    try:
        return pwd.getpwuid(owner).pw_name
    except KeyError:
        return f"#{owner}"


def _is_read_only(root: Path) -> bool:
    try:
        return bool(os.statvfs(root).f_flag & os.ST_RDONLY)
    except OSError:
        return False


def _not_writable(root: Path, error: OSError | None) -> StorageError:
    if _is_read_only(root):
        return StorageError(
            f"The workspace {root} lies on a disk that is read-only.",
            "Look why, as in `dmesg`: a disk that fails is made so. Then mount it to be written.",
        )
    if owner := _other_owner(root):
        return StorageError(
            f"The workspace {root} belongs to the account {owner}, and opens to no other.",
            f"Use it as that account: sudo -u '{owner}' -H segport. Several people share a"
            " workspace through the gate: README, A shared host.",
        )
    if error and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return StorageError(
            f"The workspace {root} cannot be written: the disk or a quota is full.",
            "Make room there, then try again.",
        )
    reason = f" ({error.strerror})" if error and error.strerror else ""
    return StorageError(
        f"The workspace {root} cannot be written{reason}.",
        "Make the folder writable for this account, or choose another with --workspace.",
    )
