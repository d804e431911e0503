"""`segport demo`: a sample workspace, a simulator on this machine, one run, the app."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from store.errors import UsageError
from tui.cli.paths import HostPath
from tui.cli.printing import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.exports import CustomField
    from store.workspace import Workspace
    from workers.actions.desk import Desk
    from workers.sandbox.client import Sandbox

CONNECTION = "Simulator"
EXPORT = "Newsletter"
RATE = 10.0
# Long enough to leave the app and come back; runs and open apps keep the simulator beyond it.
IDLE = 60.0


@click.command("demo")
@click.option("--headless", is_flag=True, help="One run shown as text, and no app.")
@click.option(
    "--folder",
    type=HostPath(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Where the sample workspace is made, or was made before.",
)
@click.pass_context
def command(context: click.Context, headless: bool, folder: Path | None) -> None:
    """Try everything on sample data and a simulator. Nothing leaves this machine."""
    from tui.launch import why_not
    from workers.actions import runs
    from workers.actions.desk import sit_down
    from workers.sandbox import background

    # For this process and the runs that it starts: a demo never touches the operator's keyring.
    os.environ["SEGPORT_NO_KEYRING"] = "1"
    headless = headless or bool(why_not(os.environ))
    workspace = _workspace(folder)
    place = workspace.state / "sandbox"
    sandbox = background.start(
        place, until_idle=IDLE, while_locked=[workspace.locks_folder, place / "apps"]
    )
    try:
        desk = sit_down(workspace, "command line")
        _connect(desk, sandbox)
        slug = _exports(desk)
        say(f"Workspace  {workspace.root}")
        say(f"Simulator  {sandbox.base_url}")
        if headless:
            from store.journal.runs import State
            from tui.cli.follow import EXIT_CODES
            from tui.cli.waiting import wait

            code = wait(desk, runs.start(desk, slug), cancels=True)
            say(f"Look around: segport --workspace {workspace.root} export list")
            # The sample holds an address that the service refuses, to show what that looks like.
            context.exit(0 if code == EXIT_CODES[State.WITH_REJECTS] else code)
    finally:
        if headless:
            background.stop(place)
    _open_app(desk, slug, place, mouse=context.obj.mouse)


def _open_app(desk: Desk, slug: str, place: Path, *, mouse: bool) -> None:
    from tui.launch import run_app
    from workers.actions import runs

    with _present(place / "apps"):
        if not any(run.active for run in runs.history(desk, limit=5)):
            runs.start(desk, slug)
        run_app(desk.workspace, mouse=mouse)
    say(f"The sample workspace stays in {desk.workspace.root}")


def _workspace(folder: Path | None) -> Workspace:
    """The sample workspace, made if it is not there yet."""
    from store import workspace as workspaces
    from workers.sandbox.sample import write_sample

    if folder is None:
        import platformdirs

        folder = platformdirs.user_state_path("segport-demo", appauthor=False)
    mark = folder / workspaces.STATE_FOLDER / "demo"
    if (folder / workspaces.SETTINGS_FILE).exists():
        if not mark.exists():
            raise UsageError(
                f"{folder} is a workspace of yours; the demo leaves it alone.",
                "Name an empty folder with --folder.",
            )
        workspace = workspaces.open_workspace(folder)
    else:
        if folder.is_dir() and any(folder.iterdir()):
            raise UsageError(f"{folder} is not empty.", "Name another folder with --folder.")
        workspace = workspaces.create(folder)
        mark.touch(mode=0o600)
    if not any(workspace.segments_folder.iterdir()):
        write_sample(workspace.data, profiles=5000, seed=7)
    return workspace


def _connect(desk: Desk, sandbox: Sandbox) -> None:
    """The connection to the simulator; its port may be another than the last time."""
    from store.connections import Connection
    from store.keys.secrets import Key
    from workers.actions import connections

    for line in connections.listed(desk):
        if line.name == CONNECTION:
            if line.base_url != sandbox.base_url:
                key = Key(sandbox.key)
                connections.edit(desk, line.slug, base_url=sandbox.base_url, key=key, agreed=True)
            return
    draft = Connection(name=CONNECTION, base_url=sandbox.base_url, rate=RATE)
    connections.add(desk, draft, Key(sandbox.key), agreed=True)


def _exports(desk: Desk) -> str:
    """Two sample exports, made if they are not there; returns the slug of the one to run."""
    from store.exports import CustomField
    from workers.actions import exports

    known = {line.name: line.slug for line in exports.listed(desk)}
    if EXPORT not in known:
        # A sign-up list that carries its own columns, with all that people type into forms.
        fields = {
            "Email": "email",
            "FirstName": "first_name",
            "LastName": "last_name",
            "MailingCountry": "country",
        }
        known[EXPORT] = _save(desk, EXPORT, [EXPORT], fields=fields)
    if "Customers" not in known:
        _save(
            desk,
            "Customers",
            ["VIP customers in Hong Kong", "Recent buyers", "Lapsed"],
            newest_by="updated_at",
            custom_fields={
                "NPS": CustomField("nps", "integer"),
                "Birthday": CustomField("birthday", "date"),
            },
        )
    return known[EXPORT]


def _save(
    desk: Desk,
    name: str,
    segments: list[str],
    *,
    fields: dict[str, str] | None = None,
    newest_by: str | None = None,
    custom_fields: dict[str, CustomField] | None = None,
) -> str:
    from store.exports import Export, SegmentChoice, new_id
    from workers.actions import connections, exports

    export = Export(
        id=new_id(),
        name=name,
        connection=connections.show(desk, CONNECTION).slug,
        segments=[SegmentChoice(each) for each in segments],
        fields=fields or dict(exports.propose(desk, segments).fields),
        custom_fields=custom_fields or {},
        newest_by=newest_by,
    )
    return exports.add(desk, export).slug


@contextmanager
def _present(folder: Path) -> Iterator[None]:
    """Hold a lock while the app is open: the simulator stays as long as somebody does."""
    from store import locks

    folder.mkdir(mode=0o700, exist_ok=True)
    lock = locks.acquire(folder / str(os.getpid()))
    try:
        yield
    finally:
        if lock is not None:
            lock.path.unlink(missing_ok=True)
            lock.release()
