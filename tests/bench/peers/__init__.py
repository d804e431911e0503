"""The peers: each in an environment of its own that pip makes, and none a dependency of Segport."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from tests.bench.processes import Cost, cost

_HERE = Path(__file__).parent
_COLUMNS = ("email", "first_name", "last_name", "city", "nps")


@dataclass(frozen=True)
class Peer:
    """Something that sends the same profiles.

    Attributes:
        name: with its version.
        words: the command, all but the server's address.
        lines: what it reads from its standard input.
    """

    name: str
    words: Sequence[str | Path]
    tail: Sequence[str | Path] = ()
    lines: Path | None = None

    def run(self, url: str) -> Cost:
        """What its whole process cost."""
        return cost([*self.words, url, *self.tail], lines=self.lines)


def ready(
    parquet: Path, folder: Path, venvs: Path, *, all_: bool
) -> tuple[list[Peer], dict[str, str]]:
    """The bare pipelines and the peers, ready to run, and why some are not.

    Args:
        parquet: the profiles.
        folder: for what they need beside it.
        venvs: where their environments are made, or were.
        all_: False leaves out everything that has to be installed.
    """
    found = [Peer("bare pipeline on httpx", [sys.executable, _HERE / "bare.py", parquet],
                  ["httpx"])]  # fmt: skip
    absent: dict[str, str] = {}
    if not all_:
        return found, absent
    for package, more in (
        ("httpx2", ["duckdb"]), ("airbyte-cdk", []), ("dlt", ["pyarrow"]), ("singer-sdk", []),
    ):  # fmt: skip
        try:
            python, version = _environment(venvs / package, package, more)
        except subprocess.CalledProcessError as error:
            told = (error.stderr or b"").decode(errors="replace").strip().splitlines()
            absent[package] = f"pip cannot install it ({told[-1] if told else error})"
            continue
        found.append(_peer(package, version, python, parquet, folder))
    return found, absent


def _peer(package: str, version: str, python: Path, parquet: Path, folder: Path) -> Peer:
    work = folder / f"work-{package}"
    work.mkdir()
    name = f"{package} {version}"
    if package == "httpx2":
        return Peer(f"bare pipeline on {name}", [python, _HERE / "bare.py", parquet], ["httpx2"])
    if package == "dlt":
        return Peer(name, [python, _HERE / "dlt_sink.py", work], [parquet])
    if package == "airbyte-cdk":
        lines = _airbyte_lines(parquet, work)
        return Peer(name, [python, _HERE / "airbyte_destination.py", work], lines=lines)
    return Peer(
        name, [python, _HERE / "singer_target.py", work], lines=_singer_lines(parquet, work)
    )


def _environment(venv: Path, package: str, more: Sequence[str]) -> tuple[Path, str]:
    """Make an environment with a package, unless it is there; its Python, and the version."""
    python = venv / "bin" / "python"
    if not python.exists():
        print(f"installing {package} ...", flush=True)
        _quietly(sys.executable, "-m", "venv", venv)
        _quietly(python, "-m", "pip", "install", "-q", package, *more)
    ask = f"from importlib.metadata import version; print(version({package!r}))"
    return python, _quietly(python, "-c", ask).decode().strip()


def _quietly(*words: str | Path) -> bytes:
    return subprocess.run(words, check=True, capture_output=True).stdout


def _airbyte_lines(parquet: Path, folder: Path) -> Path:
    data = ", ".join(f"{column}: {column}" for column in _COLUMNS)
    record = f"{{stream: 'profiles', emitted_at: 0, data: {{{data}}}}}"
    return _lines(parquet, folder, f"select 'RECORD' as type, {record} as record")


def _singer_lines(parquet: Path, folder: Path) -> Path:
    data = ", ".join(f"{column}: {column}" for column in _COLUMNS)
    records = _lines(
        parquet, folder, f"select 'RECORD' as type, 'profiles' as stream, {{{data}}} as record"
    )
    kinds = {column: {"type": ["string", "null"]} for column in _COLUMNS}
    kinds["nps"] = {"type": ["integer", "null"]}
    schema = {
        "type": "SCHEMA", "stream": "profiles", "key_properties": ["email"],
        "schema": {"properties": kinds},
    }  # fmt: skip
    whole = folder / "messages.jsonl"
    with whole.open("wb") as file:
        file.write(json.dumps(schema).encode() + b"\n" + records.read_bytes())
    return whole


def _lines(parquet: Path, folder: Path, select: str) -> Path:
    path = folder / "records.jsonl"
    duckdb.sql(f"copy ({select} from '{parquet}') to '{path}' (format json)")
    return path
