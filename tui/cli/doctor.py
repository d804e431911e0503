"""`segport doctor`: check this machine and workspace, and say what to do."""

from __future__ import annotations

import os
import platform
import stat
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from store.errors import NotPermitted, SegportError
from tui.cli import host
from tui.cli.checks import Check
from tui.cli.options import json_option
from tui.cli.place import Place, pass_place
from tui.cli.printing import say, say_json, say_table
from tui.cli.protection import protection
from tui.cli.version import VERSION
from tui.environment import decides_code
from tui.words.figures import moment

# SQLite's WAL needs shared memory and real locks, which these do not give across machines.
_NETWORKS = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "afs", "ceph", "glusterfs"}
)


@click.command("doctor")
@json_option
@pass_place
@click.pass_context
def command(context: click.Context, place: Place, as_json: bool) -> None:
    """Check this machine and workspace, and say what to do. Exit code 1 if something is wrong."""
    checks = list(_checks(place))
    if as_json:
        say_json([check._asdict() for check in checks])
    else:
        say_table(
            ("", "CHECK", "FOUND"),
            [("ok" if each.fine else "!!", each.what, each.found) for each in checks],
        )
        for each in checks:
            if each.remedy:
                say(f"{each.what}: {each.remedy}")
    context.exit(0 if all(check.fine for check in checks) else 1)


def _checks(place: Place) -> Iterator[Check]:
    yield Check("segport", True, VERSION)
    yield Check("python", sys.version_info >= (3, 11), platform.python_version())
    yield _environment()
    yield _keyring()
    yield _machine(place)
    yield from host.checks()
    try:
        workspace = place.workspace
    except SegportError as error:
        yield Check("workspace", False, error.message, error.hint)
        return
    yield Check("workspace", True, str(workspace.root))
    place.heed()
    kept = _settings(place)
    yield kept
    yield from _documents(place)
    yield _data(workspace.data)
    told = "until segport.toml can be read, everyone may only look"
    yield protection(place) if kept.fine else Check("roles", False, told)
    yield _private(workspace.state)
    yield _file_system(workspace.state)
    yield _space(workspace.state)
    yield from _unattended(place)
    yield from _cut_off(place)
    yield Check(
        "backup",
        True,
        "segport.toml, connections/, exports/, .segport/",
        "copy .segport/ while no run is active; without its ledger everybody counts as new.",
    )


def _environment() -> Check:
    """Whether a variable decided which code this is; a run is started without them all."""
    names = ", ".join(decides_code(os.environ))
    if not names:
        return Check("environment", True, "no variable decides which code runs")
    remedy = f"If you did not set {names} yourself, unset it and look where it comes from."
    return Check("environment", True, f"{names} decides which code runs", remedy)


def _settings(place: Place) -> Check:
    from store import settings

    try:
        settings.load(place.workspace)
    except SegportError as error:
        return Check("segport.toml", False, error.message, error.hint)
    return Check("segport.toml", True, "can be read")


def _documents(place: Place) -> Iterator[Check]:
    """The files of connections and exports; not everyone may know of every connection."""
    from store import connections, exports

    kinds: list[tuple[str, Mapping[str, object]]] = [
        ("exports", exports.catalogue(place.workspace))
    ]
    if _sees_connections(place):
        kinds.insert(0, ("connections", connections.catalogue(place.workspace)))
    for what, found in kinds:
        broken = [str(reason) for each in found.values() if (reason := getattr(each, "reason", ""))]
        told = " ".join(broken) or f"{len(found)} can be read"
        yield Check(what, not broken, told, "Correct the file." if broken else "")


def _data(folder: Path) -> Check:
    if folder.is_dir():
        if folder.stat().st_mode & 0o007:
            told = f"{folder} is open to every account of this machine; customers are in it"
            return Check("data folder", False, told, f"chmod o= {folder}")
        return Check("data folder", True, str(folder))
    remedy = "Make it, or set `data` in segport.toml to the folder that holds segments/."
    return Check("data folder", False, f"{folder} does not exist", remedy)


def _unattended(place: Place) -> Iterator[Check]:
    """Whether what is scheduled gets started, and whether alerts get through."""
    from workers.actions import alerts, schedules

    try:
        scheduled = any(line.active for line in schedules.all_of(place.desk).values())
        life = schedules.scheduler(place.desk)
        fine = life.alive or not scheduled
        remedy = "" if fine else "Start `segport schedule run`; the README has a unit file for it."
        yield Check("scheduler", fine, life.told if scheduled else "nothing is scheduled", remedy)
        if not place.desk.is_administrator:
            return
        ways = [way for way in alerts.ways(place.desk) if way.where]
        trouble = [f"{way.name}: {way.trouble}" for way in ways if way.trouble]
    except SegportError as error:
        yield Check("scheduler", False, error.message, error.hint)
        return
    found = ", ".join(way.name for way in ways) or "told nowhere; shown here only"
    yield Check("alerts", not trouble, found, " ".join(trouble))


def _cut_off(place: Place) -> Iterator[Check]:
    """Erasures of people that did not come to their end."""
    from workers.actions import people

    try:
        found = people.cut_off(place.desk)
    except SegportError:
        # A journal that cannot be read has been told above.
        return
    if found:
        told = ", ".join(f"by {each.operator} on {moment(each.begun_at)}" for each in found)
        remedy = "Give the address once more: segport forget EMAIL. The audit has its digest only."
        yield Check("forgetting", False, f"begun and cut off: {told}", remedy)


def _machine(place: Place) -> Check:
    """The commands that this machine runs for keys; a file that others can write is refused."""
    from store import machine

    try:
        commands = sorted(machine.load().key_commands)
    except SegportError as error:
        return Check("key commands", False, error.message, error.hint)
    # They are named after connections, which not everyone may know of.
    told = ", ".join(commands) if _sees_connections(place) else str(len(commands))
    return Check("key commands", True, told if commands else "none")


def _sees_connections(place: Place) -> bool:
    try:
        return place.desk.is_administrator
    except NotPermitted:
        return False
    except SegportError:
        # Without a workspace there are no connections to hide.
        return True


def _private(folder: Path) -> Check:
    """Everything under `.segport/`: customers, keys and history are this account's alone."""
    open_, others = [], []
    for path in (folder, *_under(folder)):
        try:
            found = path.lstat()
        except FileNotFoundError:  # a run has just removed it
            continue
        if not stat.S_ISLNK(found.st_mode) and found.st_mode & 0o077:
            open_.append(path)
        if found.st_uid != os.geteuid():
            others.append(path)
    if open_:
        told = f"{_some(open_, folder)} can be reached by other accounts"
        return Check(".segport/", False, told, f"chmod -R go= {folder}")
    if others:
        told = f"{_some(others, folder)} not this account's"
        return Check(".segport/", False, told, f"sudo chown -R {os.geteuid()} {folder}")
    return Check(".segport/", True, "private to this account, with everything in it")


def _under(folder: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        yield from (Path(place) / name for name in (*folders, *files))


def _some(paths: list[Path], folder: Path) -> str:
    named = ", ".join(str(path.relative_to(folder.parent)) for path in paths[:3])
    return named if len(paths) <= 3 else f"{named} and {len(paths) - 3:,} more"


def _file_system(folder: Path) -> Check:
    kind = _kind_of(folder)
    if kind in _NETWORKS:
        remedy = "Keep the workspace on a local disk; locks and history are not safe here."
        return Check("file system", False, kind, remedy)
    return Check("file system", True, kind)


def _kind_of(folder: Path) -> str:
    """The type of the file system as the kernel lists it; unknown where it lists none."""
    best, kind = "", "unknown"
    try:
        lines = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return kind
    for line in lines:
        _, mount, name, *_ = line.split(" ")
        mount = mount.replace("\\040", " ")
        inside = folder == Path(mount) or Path(mount) in folder.parents
        if inside and len(mount) >= len(best):
            best, kind = mount, name
    return kind


def _space(folder: Path) -> Check:
    found = os.statvfs(folder)
    free = found.f_bavail * found.f_frsize
    remedy = "" if free > 2**30 else "Plans and history need room; free some."
    return Check("free space", free > 2**28, f"{free / 2**30:.1f} GiB", remedy)


def _keyring() -> Check:
    if os.environ.get("SEGPORT_NO_KEYRING"):
        return Check("keyring", True, "not used (SEGPORT_NO_KEYRING)")
    try:
        import keyring

        name = type(keyring.get_keyring()).__module__
    except Exception as error:  # noqa: BLE001 - a backend may fail in any way, and is optional
        return Check("keyring", True, f"none ({type(error).__name__}); keys are kept in files")
    usable = not name.endswith((".fail", ".null"))
    return Check("keyring", True, name if usable else "none; keys are kept in files")
