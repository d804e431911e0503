"""What the README and the CI script say is what there is."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CI = (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_the_readme_opens_with_two_commands_of_one_line():
    blocks = re.findall(r"```sh\n(.*?)\n```", README, re.DOTALL)
    assert blocks[0] == (
        "python3 -m venv .venv && .venv/bin/pip install -q . && .venv/bin/segport demo"
    )
    assert blocks[1] == (
        "python3 -m venv .venv && .venv/bin/pip install -q '.[test]'"
        " && .venv/bin/python -m pytest -n 2 -q"
    )


def test_ci_runs_the_test_command_of_the_readme():
    extract = re.search(r'^test_command="\$\((sed .*)\)"$', CI, re.MULTILINE)
    assert extract is not None
    found = subprocess.run(
        ["bash", "-c", extract[1]], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert found.stdout == ".venv/bin/python -m pytest -n 2 -q\n"
    assert 'bash -c "$test_command"' in CI
    assert "set -euo pipefail" in CI
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_the_readme_names_every_command():
    from tui.cli.root import COMMANDS

    for name in COMMANDS:
        assert f"segport {name}" in README


def test_the_readme_names_the_exit_codes_of_the_errors():
    from store import errors

    codes = {
        each.exit_code
        for each in vars(errors).values()
        if isinstance(each, type) and issubclass(each, errors.SegportError)
    }
    assert {f"| {code} |" for code in codes} <= set(re.findall(r"^\| \d+ \|", README, re.MULTILINE))
