"""Canaries: a key and addresses that occur nowhere else, and everything that is searched for them."""

from __future__ import annotations

import base64
import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Self

from tests.tui.test_attack import COMMANDS
from tests.workers.test_alerts import PASSWORD

ROOT = Path(__file__).parents[2]
KEY = "cNrYkEy5e9a0f7c2b4d4e1f8a6b3c9d0"
TOKEN = "cNrYtOkEn77/hook/secret"

PERSON = "zq7canary"
"""Part of every address and of every name."""

SECRETS = [
    form
    for secret in (KEY, TOKEN, PASSWORD)
    for form in (secret.encode(), base64.b64encode(secret.encode())[:-4], secret.encode().hex().encode())
]  # fmt: skip


class Cage:
    """A home, a workspace and a command line in them; all that is said is kept.

    Args:
        bench: its workspace lies in the home's neighbourhood.
        home: the account's home; nothing of the real one is seen.
    """

    def __init__(self, bench, home: Path) -> None:
        self.bench, self.home = bench, home
        self.said: list[tuple[str, bytes]] = []
        self.environ = {
            "PATH": os.environ["PATH"], "HOME": str(home), "PYTHONPATH": str(ROOT),
            "SEGPORT_NO_KEYRING": "1", "TMPDIR": str(home / "tmp"), "LANG": "C.UTF-8",
        }  # fmt: skip
        (home / "tmp").mkdir(parents=True)

    def segport(self, *words: str, typed: str = "", code: int | None = 0, **environ: str) -> str:
        """A command; None takes any exit code."""
        return self.python("-m", "tui.cli", "-w", str(self.bench.workspace.root), *words,
                           typed=typed, code=code, **environ)  # fmt: skip

    def several(self, *commands: list[str]) -> None:
        """Many commands, in one process since that is quicker."""
        words = self.home / "words"
        words.write_text(json.dumps(commands))
        self.python("-c", COMMANDS, str(ROOT), str(self.bench.workspace.root), str(words))
        assert self.said[-1][1].count(b"--- ") == len(commands), self.said[-1][1].decode()

    def python(self, *words: str, typed: str = "", code: int | None = 0, **environ: str) -> str:
        """A process of our own interpreter."""
        done = subprocess.run(
            [sys.executable, *words], env=self.environ | environ, input=typed.encode(),
            cwd=self.home, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False,
        )  # fmt: skip
        self.said.append((" ".join(words[4:])[:200], done.stdout))
        assert code is None or done.returncode == code, (words, done.stdout.decode())
        return done.stdout.decode()

    def leaks(self, secret: bytes, allowed: set[str]) -> set[str]:
        """All files of home and workspace that hold a text, but for those that may."""
        found = set()
        for top in (self.bench.workspace.root, self.home):
            told = subprocess.run(
                ["grep", "-rlaF", "--", secret.decode(), "."], cwd=top, capture_output=True,
                text=True, check=False,
            ).stdout  # fmt: skip
            found |= {f"{top.name}/{line[2:]}" for line in told.splitlines()}
        return {path for path in found if path not in allowed}

    def rows_with(self, text: str, path: Path) -> set[str]:
        """The tables of a database that hold a text in any row."""
        with closing(sqlite3.connect(path)) as database:
            tables = [
                row[0]
                for row in database.execute("select name from sqlite_master where type = 'table'")
            ]
            return {
                table
                for table in tables
                if any(text in str(row) for row in database.execute(f'select * from "{table}"'))
            }


class Watch:
    """Looks at the arguments and variables of every process that begins meanwhile."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._before = set(_processes())
        self.seen: dict[int, bytes] = {}
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._stop.is_set():
            for process in set(_processes()) - self._before - {os.getpid()}:
                with suppress(OSError):
                    folder = Path(f"/proc/{process}")
                    told = (folder / "cmdline").read_bytes() + b"\n"
                    self.seen[process] = told + (folder / "environ").read_bytes()
            time.sleep(0.01)

    def with_secret(self) -> list[str]:
        """The arguments of those that had one."""
        return [
            told.partition(b"\n")[0].replace(b"\0", b" ").decode()
            for told in self.seen.values()
            if any(secret in told for secret in SECRETS)
        ]


def _processes() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
