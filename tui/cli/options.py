"""Options and arguments that several commands have, named and explained in one way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tui.cli.numbers import NUMBER

if TYPE_CHECKING:
    from collections.abc import Callable

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")

reveal_option = click.option(
    "--reveal",
    "revealed",
    is_flag=True,
    help="Show personal data in clear; that you asked is written down.",
)

yes_option = click.option("--yes", is_flag=True, help="Do not ask.")

run_argument = click.argument("run_id", type=NUMBER, metavar="ID")

detach_option = click.option(
    "--detach", is_flag=True, help="Print the run's number and leave it to itself."
)


def together(*options: Callable[..., Any]) -> Callable[..., Any]:
    """Several options as one; `--help` lists them in this order."""

    def with_all(function: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            function = option(function)
        return function

    return with_all
