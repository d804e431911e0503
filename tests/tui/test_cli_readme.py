"""What the README and the CI script say is what there is."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import click
import pytest

from tui.cli.root import COMMANDS, root

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
        " && .venv/bin/python -m pytest -n 3 -q"
    )


def test_ci_runs_the_test_command_of_the_readme():
    extract = re.search(r'^test_command="\$\((sed .*)\)"$', CI, re.MULTILINE)
    assert extract is not None
    found = subprocess.run(
        ["bash", "-c", extract[1]], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert found.stdout == ".venv/bin/python -m pytest -n 3 -q\n"
    assert 'bash -c "$test_command"' in CI
    assert "set -euo pipefail" in CI
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_where_a_key_comes_from_is_named_as_it_is_looked_up(tmp_path, monkeypatch):
    from store import machine, workspace
    from store.keys import secrets

    (variable, file) = re.findall(r"`(SEGPORT_KEY_[A-Z_]+)` for `([\w-]+)\.toml`", README)[0]
    made = workspace.create(tmp_path / "w")
    told = secrets.where_is_key(made, file, "https://example.com", environ={variable: "k"})
    assert told == f"environment variable {variable}"
    (name,) = re.findall(r"`LoadCredential=([\w-]+):/", README)
    (tmp_path / name).write_text("k")
    environ = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert "credential" in (secrets.where_is_key(made, name, "x", environ=environ) or "")
    monkeypatch.delenv("XDG_CONFIG_DIRS", raising=False)
    (machines,) = re.findall(r"`(/etc/\S+/config\.toml)`", README)
    assert str(machine.paths()[1]) == machines


def test_the_readme_names_every_command():
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


def written_commands() -> list[str]:
    """Every `segport ...` that stands in the README as something to type."""
    fenced = "\n".join(re.findall(r"```\w*\n(.*?)\n```", README, re.DOTALL))
    prose = re.sub(r"```.*?```", "", README, flags=re.DOTALL)
    fenced = fenced.replace("sudo -u segport -H ", "").replace(
        "/opt/segport/bin/segport", "segport"
    )
    lines = [line.partition("  #")[0] for line in fenced.replace("\\\n", " ").splitlines()]
    spans = [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", prose)]
    typed = [found for line in lines for found in re.findall(r"(?<![\w@/.])segport (?! ).*", line)]
    nouns = "|".join(COMMANDS)
    typed += [span for span in spans if span.startswith("segport ")]
    typed += [f"segport {span}" for span in spans if re.match(rf"({nouns}) [a-z]", span)]
    return typed


@pytest.mark.parametrize("typed", written_commands())
def test_every_command_of_the_readme_exists_with_its_options(typed):
    words = re.split(
        r"\s+", re.split(r"[|&;()\"]| {2,}", typed.removeprefix("segport "))[0].strip()
    )
    command: click.Command = root
    context = click.Context(root)
    while words and isinstance(command, click.Group) and not words[0].startswith(("-", "[")):
        found = command.get_command(context, words.pop(0))
        assert found is not None, typed
        command = found
    known = {option for each in command.params for option in each.opts + each.secondary_opts}
    for word in words:
        option = word.strip("[]").partition("=")[0]
        if option.startswith("--"):
            assert option in known | {"--help", "--json"}, f"{typed}: {option}"


def test_the_commands_that_are_listed_are_those_that_there_are():
    (listed,) = re.findall(r"## Commands\n\n```\n(.*?)\n```", README, re.DOTALL)
    context = click.Context(root)
    for name in COMMANDS:
        command = root.get_command(context, name)
        if not isinstance(command, click.Group):
            continue
        told = " ".join(re.findall(rf"^segport {name} .*(?:\n {{8,}}.*)*", listed, re.MULTILINE))
        for verb in command.list_commands(context):
            assert re.search(rf"(?<![\w-]){verb}(?![\w-])", told), f"{name} {verb}"
