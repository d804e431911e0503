"""`segport serve-operator`: what sshd starts for somebody who comes through the gate."""

from __future__ import annotations

from pathlib import Path

import click

from tui.cli.paths import HostPath
from tui.cli.place import Place, pass_place


@click.command("serve-operator")
@click.argument("name")
@click.option(
    "--key",
    "fingerprint",
    default="",
    show_default=False,
    help="The fingerprint of the key they came by.",
)
@click.option(
    "--authorized-keys",
    "keys_file",
    type=HostPath(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The file that this line stands in, if not the account's usual one.",
)
@pass_place
@click.pass_context
def command(
    context: click.Context, place: Place, name: str, fingerprint: str, keys_file: Path | None
) -> None:
    """The app and this command line for one operator, and nothing else. For sshd to run."""
    from store.people import authorized_keys
    from tui import gate
    from tui.cli.root import root

    workspace = place.workspace
    # Not for those who are not let in; and with broken settings nobody is.
    place.heed()
    if keys_file is not None:
        authorized_keys.settle(keys_file)
    words = gate.pass_through(workspace, name, fingerprint)
    place.fix()
    # Asked before anything else, so that who was taken out gets not even a list of commands.
    _ = place.desk
    context.exit(root.main(words, prog_name="segport", standalone_mode=False) or 0)
