"""The group of all commands. A command's module is imported when the command is used."""

from __future__ import annotations

import importlib
import os
from pathlib import Path

import click

from store.errors import NotPermitted, UsageError
from store.people import operators
from tui.cli.examples import show_examples
from tui.cli.paths import HostPath
from tui.cli.place import Place
from tui.cli.version import VERSION

# click's name for what its shell scripts ask with.
VARIABLE = "_SEGPORT_COMPLETE"

# In the order of a first day's work. The words are here, so that `--help` imports no command.
COMMANDS = {
    "init": "Make a workspace of a folder.",
    "segment": "Look at the segments of the workspace.",
    "connection": "Accounts at a destination, and who may use them.",
    "export": "Set up, plan and run exports.",
    "run": "Follow runs, approve them, look up what became of them.",
    "why": "Why a person is, or is not, in Autopilot.",
    "forget": "Erase a person from everything kept here.",
    "retention": "How long plans, rejects and logs are kept.",
    "schedule": "When exports run by themselves.",
    "alert": "What is the matter with exports, and who is told.",
    "operator": "Who may do what.",
    "audit": "Who did what, and whether the record of it is whole.",
    "sandbox": "A local simulator of the destination.",
    "demo": "A sample workspace with a simulator, to try everything.",
    "completion": "Complete commands and names in bash, zsh and fish.",
    "keys": "Every key of the app, screen by screen.",
    "serve-operator": "What sshd runs for an operator of a shared host.",
    "doctor": "Check this machine and workspace.",
}


# These make folders and start servers, wherever they are told to.
NOT_THROUGH_THE_GATE = frozenset({"init", "sandbox", "demo", "serve-operator"})


def _offered() -> dict[str, str]:
    hidden = NOT_THROUGH_THE_GATE if operators.gated() else ()
    return {name: words for name, words in COMMANDS.items() if name not in hidden}


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports each when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in their own order."""
        return list(_offered())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        if cmd_name not in COMMANDS:
            return None
        if operators.gated() and cmd_name in NOT_THROUGH_THE_GATE:
            raise NotPermitted(f"`segport {cmd_name}` is for those who have a shell on this host.")
        module = importlib.import_module(f"tui.cli.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        show_examples(command, cmd_name)
        if VARIABLE in os.environ:
            from tui.cli.completing import offer_names

            offer_names(command, cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(_offered().items()))


@click.group(
    cls=LazyGroup,
    invoke_without_command=True,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "max_content_width": 100,
        "show_default": True,
    },
    epilog=(
        "Exit codes: 0 done; 1 failed; 2 usage or configuration; 3 done with rejects; "
        "4 waiting for approval; 5 not permitted; 75 busy, try later; 130 canceled."
    ),
)
@click.option(
    "--workspace",
    "-w",
    type=HostPath(file_okay=False, path_type=Path),
    metavar="DIR",
    help="The workspace; otherwise $SEGPORT_WORKSPACE, or the nearest one upward from here.",
)
@click.option("--no-mouse", is_flag=True, help="Leave the mouse to the terminal.")
@click.version_option(VERSION, prog_name="segport", message="%(prog)s %(version)s")
@click.pass_context
def root(context: click.Context, workspace: Path | None, no_mouse: bool) -> None:
    """Send customer segments to Autopilot, and know what became of each person.

    Without a command, opens the app.
    """
    context.obj = place = Place.given(workspace, mouse=not no_mouse)
    if context.invoked_subcommand is not None:
        return
    from tui.launch import run_app, why_not

    if reason := why_not(os.environ):
        raise UsageError(
            f"The app does not start, since {reason}.",
            "All of it can be done by commands, which `segport --help` lists.",
        )
    found = place.workspace
    place.heed()
    run_app(found, mouse=place.mouse)
