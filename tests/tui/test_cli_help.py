"""Help with an example that is true, and what tab completes."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest

from store.connections import Connection
from store.exports import Export, SegmentChoice
from tests.tui.terminal import Terminal
from tui.cli.examples import EXAMPLES
from tui.cli.root import COMMANDS, root

SEGPORT = Path(sys.executable).with_name("segport")


def commands(command=root, path=""):
    if not isinstance(command, click.Group) or (command.invoke_without_command and path):
        yield path.strip(), command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            yield from commands(command.get_command(context, name), f"{path} {name}")


ALL = dict(commands())


@pytest.mark.parametrize("path", ALL)
def test_every_command_says_what_it_does_and_shows_an_example(path):
    command = ALL[path]
    assert path in EXAMPLES, f"tui/cli/examples.py has none for segport {path}"
    assert (command.help or "").strip().split("\n\n")[0].endswith("."), path
    assert "segport" in (command.epilog or "")
    for param in command.params:
        if isinstance(param, click.Option):
            assert param.help or param.metavar or isinstance(param.type, click.Choice), param.name


@pytest.mark.parametrize("path", ["run list", "audit list", "segment rows", "run totals"])
def test_help_says_how_many_there_are_without_a_limit(path, capsys):
    (limit,) = (each for each in ALL[path].params if each.name in {"limit", "days"})
    with pytest.raises(SystemExit):
        root.main([*path.split(), "--help"], prog_name="segport")
    assert f"[default: {limit.default};" in " ".join(capsys.readouterr().out.split())


def test_there_is_no_example_for_what_there_is_not():
    assert EXAMPLES.keys() <= ALL.keys()


@pytest.mark.parametrize("line", [line for lines in EXAMPLES.values() for line in lines])
def test_an_example_is_understood(line):
    inner = re.fullmatch(r'eval "\$\((.*)\)"', line)
    program, *rest = shlex.split(inner[1] if inner else line)
    assert program == "segport"
    context = root.make_context("segport", rest)
    command = root
    while isinstance(command, click.Group):
        words = [*context._protected_args, *context.args]
        if not words:
            break
        name, command, words = command.resolve_command(context, words)
        context = command.make_context(name, words, parent=context)
    assert not context.args


def test_help_of_all_commands_lists_them(capsys):
    assert root.main(["--help"], prog_name="segport", standalone_mode=False) == 0
    told = capsys.readouterr().out
    for name, words in COMMANDS.items():
        assert name in told
        assert words in " ".join(told.split())


# Completion, by the command itself.


@pytest.fixture
def acme(workspace):
    from store import documents

    for name in ("weekly", "monthly"):
        export = Export(
            id=(name * 4)[:16], name=name, segments=[SegmentChoice("vip")], fields={"Email": "e"}
        )
        documents.create(workspace.exports_folder / f"{name}.toml", export)
    for name in ("VIP [hk] & co", "vip", "bad\x1b[31m"):
        (workspace.segments_folder / f"{name}.csv").write_text("email\na@example.com\n")
    return workspace


def asked(words, at, shell="bash", **environ):
    told = subprocess.run(
        [SEGPORT],
        env={
            "PATH": os.environ["PATH"],
            "_SEGPORT_COMPLETE": f"{shell}_complete",
            "COMP_WORDS": words,
            "COMP_CWORD": at,
            **environ,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.stderr == ""
    return [line for line in told.stdout.split("\n") if line]


def test_tab_completes_commands_options_and_names(acme):
    inside = {"SEGPORT_WORKSPACE": str(acme.root)}
    assert asked("segport exp", "1", **inside) == ["plain,export"]
    assert "plain,--detach" in asked("segport export run --", "3", **inside)
    assert asked("segport export run ", "3", **inside) == ["plain,monthly", "plain,weekly"]
    assert asked("segport export edit weekly --connection ", "5", **inside) == []
    assert asked("segport segment show v", "3", **inside) == ["plain,vip"]
    assert asked("segport export add ", "3", **inside) == []


def test_a_name_as_it_stands_on_screen_goes_on_as_it_was_begun(acme):
    from store import documents

    export = Export(
        id="mail" * 4, name="VIP Mail", segments=[SegmentChoice("vip")], fields={"Email": "e"}
    )
    documents.create(acme.exports_folder / "vip-mail.toml", export)
    documents.create(acme.connections_folder / "acme.toml", Connection(name="Acme Mail"))
    inside = {"SEGPORT_WORKSPACE": str(acme.root)}
    assert asked("segport export run V", "3", **inside) == ["plain,VIP\\\\ Mail"]
    assert asked("segport export run v", "3", **inside) == ["plain,vip-mail"]
    assert asked("segport connection show A", "3", **inside) == ["plain,Acme\\\\ Mail"]
    assert len(asked("segport export run ", "3", **inside)) == 3


def test_tab_completes_in_the_workspace_that_is_named(acme, tmp_path):
    line = f"segport --workspace {acme.root} schedule set w"
    assert asked(line, "5", SEGPORT_WORKSPACE=str(tmp_path)) == ["plain,weekly"]


def test_where_there_is_no_workspace_tab_is_silent(tmp_path):
    assert asked("segport export run ", "3", SEGPORT_WORKSPACE=str(tmp_path)) == []


def test_a_name_that_would_act_on_the_terminal_is_not_offered(acme):
    told = asked("segport segment show ", "3", "zsh", SEGPORT_WORKSPACE=str(acme.root))
    assert "vip" in told
    assert not any("bad" in line for line in told)


def test_bash_puts_a_whole_name_on_the_line(acme):
    script = (
        f'eval "$({SEGPORT} completion bash)"\n'
        'COMP_WORDS=(segport segment show "VIP") COMP_CWORD=3\n'
        "_segport_completion segport\n"
        'printf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    told = subprocess.run(
        ["bash", "--norc", "-c", script],
        env={
            "PATH": f"{SEGPORT.parent}:{os.environ['PATH']}",
            "SEGPORT_WORKSPACE": str(acme.root),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    (line,) = told.stdout.splitlines()
    assert shlex.split(line) == ["VIP [hk] & co"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_each_shell_is_read_by_it(shell):
    told = subprocess.run(
        [SEGPORT, "completion", shell], capture_output=True, text=True, check=True
    )
    assert "_SEGPORT_COMPLETE" in told.stdout
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=told.stdout, text=True, check=True)


def words_of_zsh(root, line):
    """The words of a command line in zsh, after tab was pressed at its end."""
    start = "import os; os.execvp('zsh', ['zsh', '-f', '-i'])"
    path = f"{SEGPORT.parent}:{os.environ['PATH']}"
    terminal = Terminal(root, start, (40, 200), SEGPORT_WORKSPACE=str(root), PATH=path)
    try:
        terminal.press(
            b"PS1=; autoload -Uz compinit; compinit -u -D\n"
            b'eval "$(segport completion zsh)"; print RE""ADY\n'
        )
        assert terminal.read(60, b"\nREADY")
        terminal.press(f"{line}\t".encode())
        time.sleep(1)
        # To the begin of the line, and there a command that shows its words.
        terminal.press(b"\x01print -rl -- FIRST \x05 LAST\n")
        told = terminal.read(60, b"\nLAST").decode().replace("\r", "")
    finally:
        terminal.close()
    return told.rpartition("\nFIRST\n")[2].partition("\nLAST")[0].split("\n")


@pytest.mark.skipif(not shutil.which("zsh"), reason="there is no zsh here")
@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("segport exp", ["segport", "export"]),
        ("segport segment show VIP", ["segport", "segment", "show", "VIP [hk] & co"]),
        ("segport export run w", ["segport", "export", "run", "weekly"]),
        ("segport export add X --segment=V", [*["segport", "export", "add", "X"], "--segment=VIP [hk] & co"]),
    ],
)  # fmt: skip
def test_zsh_puts_a_whole_name_on_the_line(acme, line, words):
    assert words_of_zsh(acme.root, line) == words


def offers_of_fish(root, line):
    """What fish offers after a line, each with what is said of it."""
    script = f'{SEGPORT} completion fish | source; complete -C "$LINE"'
    told = subprocess.run(
        ["fish", "--no-config", "-c", script],
        env={
            "PATH": f"{SEGPORT.parent}:{os.environ['PATH']}",
            "HOME": str(root),
            "SEGPORT_WORKSPACE": str(root),
            "LINE": line,
        },
        capture_output=True,
        text=True,
        check=True,
    )
    return told.stdout.splitlines()


@pytest.mark.skipif(not shutil.which("fish"), reason="there is no fish here")
def test_fish_offers_whole_names_and_whole_words_about_them(acme):
    root = acme.root
    (acme.segments_folder / "Hong Kong, new.csv").write_text("email\na@example.com\n")
    assert offers_of_fish(root, "segport segment show Ho") == ["Hong Kong, new"]
    assert offers_of_fish(root, "segport segment show 'VIP [h") == ["VIP [hk] & co"]
    assert offers_of_fish(root, "segport export run ") == ["monthly", "weekly"]
    assert offers_of_fish(root, "segport export add X --segment=VIP") == ["--segment=VIP [hk] & co"]
    (sandbox,) = offers_of_fish(root, "segport sandbox sh")
    assert sandbox.startswith("show\tShow what a simulator holds in its file,")


def test_bash_takes_a_value_after_an_equals_sign(acme):
    # Bash makes three words of it.
    line, inside = "segport export add X --segment = v", {"SEGPORT_WORKSPACE": str(acme.root)}
    assert asked(line, "6", **inside) == ["plain,vip"]
    assert "plain,vip" in asked("segport export add X --segment =", "5", **inside)
