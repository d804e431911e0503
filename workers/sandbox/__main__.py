"""`python -m workers.sandbox`: the simulator in the foreground."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from store.errors import SegportError
from workers.sandbox.options import read_faults, read_modes, read_switches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workers.sandbox.client import Sandbox


def main(argv: Sequence[str] | None = None) -> int:
    """Parses the arguments and serves."""
    arguments = _parser().parse_args(argv)
    try:
        _serve(arguments)
    except SegportError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m workers.sandbox", description=__doc__)
    add = parser.add_argument
    add("--port", type=int, default=0, help="port on 127.0.0.1; 0, the default, is a free one")
    add("--prefer-port", type=int, default=0, help="this port if it is free, else any")
    add("--file", type=Path, help="where to keep contacts and lists; without, in memory")
    add("--state", type=Path, help="file to write port and pid to, once it listens")
    add("--modes", type=Path, help="JSON file with modes")
    add("--mode", action="append", default=[], metavar="NAME=VALUE", help="one mode; repeatable")
    add("--rate", type=float, help="requests a second; 0 for no limit")
    add("--burst", type=float, help="capacity of the token bucket")
    add("--latency", type=float, help="seconds before each answer")
    add("--faults", type=Path, help="JSON file with rules")
    add("--until-idle", type=float, metavar="SECONDS", help="end after so long without a request")
    add(
        "--while-locked",
        type=Path,
        action="append",
        default=[],
        metavar="PATH",
        help="but not while this file, or a file in this folder, is locked; repeatable",
    )
    return parser


def _serve(arguments: argparse.Namespace) -> None:
    from workers.sandbox import server

    switches = read_switches(arguments.mode)
    for name in ("rate", "burst", "latency"):
        if getattr(arguments, name) is not None:
            switches[name] = getattr(arguments, name)
    modes = read_modes(arguments.modes, switches)
    rules = read_faults(arguments.faults) if arguments.faults else []
    idle = None
    if arguments.until_idle is not None:
        idle = server.Idle(arguments.until_idle, arguments.while_locked)
    server.serve(
        server.free_port(arguments.prefer_port) if arguments.prefer_port else arguments.port,
        arguments.file,
        modes,
        rules,
        ready=_announce,
        state_file=arguments.state,
        idle=idle,
    )


def _announce(sandbox: Sandbox) -> None:
    sys.stdout.write(f"Listening at {sandbox.base_url}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
