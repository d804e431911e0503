"""A workspace with one connection and one export, and its runs as an operator starts them."""

from __future__ import annotations

import compileall
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

os.environ["SEGPORT_NO_KEYRING"] = "1"

import duckdb

from store import workspace as workspaces
from store.connections import Connection
from store.exports import CustomField, Export, SegmentChoice, new_id
from store.journal.runs import Brief
from store.keys.key import Key
from store.workspace import Workspace
from tests.bench.processes import Cost, cost
from workers.actions import connections, exports, runs
from workers.actions.desk import Desk, sit_down

ROOT = Path(__file__).parents[2]
FIELDS = {
    "Email": "email",
    "FirstName": "first_name",
    "LastName": "last_name",
    "MailingCity": "city",
}
CUSTOM = {"NPS": CustomField("nps", "integer")}
WITHOUT_LIMIT = 100_000.0


def write_profiles(path: Path, rows: int) -> None:
    """A Parquet file of profiles, all of them valid and different."""
    duckdb.sql(
        f"""copy (
            select 'user' || i || '@example.com' as email, 'Ann ' || i as first_name,
                '陳' || i as last_name, 'Hong Kong' as city, i % 11 as nps,
                timestamp '2026-01-01' + to_seconds(i) as updated_at
            from range({rows}) t(i)
        ) to '{path}' (format parquet, compression zstd)"""
    )


@dataclass(frozen=True)
class House:
    """A workspace to run in, and how long its runs took."""

    workspace: Workspace
    desk: Desk

    @property
    def source(self) -> Path:
        """The file of its one segment."""
        return self.workspace.segments_folder / "everyone.parquet"

    def command(self, *words: str) -> list[str]:
        """A `segport` command in this workspace."""
        return [sys.executable, "-m", "tui.cli", "-w", str(self.workspace.root), *words]

    def run(self) -> tuple[Cost, Brief]:
        """What the whole command `segport export run` cost, and the run that it was."""
        spent = cost(self.command("export", "run", "bench"), cwd=ROOT)
        run = runs.history(self.desk, limit=1)[0]
        assert run.state == "successful", run.cause
        assert run.accepted == run.to_send
        return spent, run

    def change_one_row(self) -> None:
        """Write the source anew with one first name changed."""
        fresh = self.source.with_suffix(".new")
        duckdb.sql(
            f"""copy (select * replace (case when email = 'user7@example.com' then 'Changed'
                    else first_name end as first_name) from '{self.source}')
                to '{fresh}' (format parquet, compression zstd)"""
        )
        fresh.replace(self.source)


def build(
    root: Path, base_url: str, key: str, profiles: int | Path, *, rate: float = WITHOUT_LIMIT
) -> House:
    """Make a workspace with so many profiles, or with a copy of a file of them.

    Segport is compiled then, as pip leaves what it installs: where PYTHONDONTWRITEBYTECODE is set,
    every process would compile anew whatever it imports.
    """
    for floor in ("store", "workers", "tui"):
        compileall.compile_dir(ROOT / floor, quiet=1)
    workspace = workspaces.create(root)
    desk = sit_down(workspace, "command line")
    house = House(workspace, desk)
    if isinstance(profiles, Path):
        shutil.copy(profiles, house.source)
    else:
        write_profiles(house.source, profiles)
    draft = Connection(name="bench", base_url=base_url, rate=rate, profile_limit=10**8)
    connection = connections.add(desk, draft, Key(key), agreed=True)
    exports.add(
        desk,
        Export(
            id=new_id(), name="bench", connection=connection, fields=FIELDS, custom_fields=CUSTOM,
            segments=[SegmentChoice("everyone")],
        ),
    )  # fmt: skip
    return house
