"""Names that are paths, patterns, options or no names at all: no file is made, read or kept elsewhere."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from store import workspace as workspaces
from store.connections import Connection
from store.errors import SegportError
from store.keys import secrets
from store.keys.key import Key
from workers.actions import connection_life, connections, export_life, exports, people

NAMES = [
    "../../evil", "/etc/evil", "..", ".", "...", "~/evil", "~root", "a/../../evil", "a\\..\\evil",
    ".hidden", "-rf", "--workspace", "$(touch evil)", "`touch evil`", "a;b", "a|b", "a\0b", "a\nb",
    " ", "", "\u202e", "CON", "a" * 300, "Ä" * 190, "../secrets/acme", "acme.toml", "*", "[a-z]*",
    "acme\u0301", "\uff0e\uff0e\uff0fevil", "%2e%2e%2fevil", "weekly\u200b",
]  # fmt: skip


def tree(folder):
    """Every path below, with what stands in the files."""
    found = {}
    for place, _, names in os.walk(folder):
        for name in names:
            path = f"{place}/{name}"
            if ".db" not in name:
                found[path] = Path(path).read_bytes()
    return found


@pytest.mark.slow
def test_a_name_leads_nowhere(bench):
    """Neither where something is made by it, nor where something is looked for."""
    bench.ready(3)
    root = bench.workspace.root
    root.parent.joinpath("secrets.toml").write_text("not ours")
    before, made = tree(root.parent), 0
    for name in NAMES:
        draft = Connection(name=name or "x", base_url=bench.sandbox.base_url)
        for deed in (
            partial(connections.add, bench.desk, draft, Key("k" * 20), agreed=True),
            partial(bench.export, "vip", name=name),
            partial(export_life.duplicate, bench.desk, "weekly", name),
        ):
            with suppress(SegportError, ValueError):
                deed()
                made += 1
        for deed in (
            partial(exports.show, bench.desk, f"../exports/{name}"),
            partial(connections.show, bench.desk, f"../connections/{name}"),
            partial(connection_life.remove, bench.desk, f"../{name}"),
            partial(exports.remove, bench.desk, f"../{name}"),
            partial(secrets.save_key, bench.workspace, f"../{name}", "https://x.example", Key("k")),
        ):
            with pytest.raises((SegportError, ValueError)):
                deed()
    assert made, "every name was refused"
    after = tree(root.parent)
    assert {path: after.get(path) for path in before} == before
    mine = tuple(f"{root}/{each}/" for each in ("connections", "exports", ".segport/secrets"))
    new = set(after) - set(before)
    assert {path for path in new if not path.startswith(mine)} == set()
    for path in map(Path, new):
        assert path.name == path.name.strip(". -")
        assert path.suffix == ".toml"
        assert path.parent in {Path(each) for each in mine}
        assert len(os.fsencode(path.name)) < 256


@pytest.mark.slow
def test_a_workspace_whose_folder_is_a_pattern_does_all_of_its_work(bench, tmp_path):
    bench = type(bench)(workspaces.create(tmp_path / "old [2026] *?"), bench.sandbox)
    bench.ready(20)
    assert bench.plan().to_send == 20
    run = bench.run()
    bench.check_delivered(run, {"vip": {f"p{n}@example.com" for n in range(20)}})
    assert bench.run().requests_sent == 0
    assert len(people.forget(bench.desk, "p3@example.com").found.plans) == 2
    assert not people.trace(bench.desk, "p3@example.com").found.anything
