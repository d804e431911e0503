"""Every role against every action, through the command line as a process of its own.

A command that is not in the table fails the test: who may do it has to be said.
"""

from __future__ import annotations

import getpass
import json
import os
import re
import shutil
import subprocess
import time
from pathlib import Path
from typing import NamedTuple

import click
import pytest

from tests import commands
from tui.cli.protection import _others_can_write

ME = getpass.getuser()
ROLES = ("viewer", "contributor", "administrator")


class Act(NamedTuple):
    """An action, and who may do it.

    Attributes:
        words: the command; names and numbers of what is shared, see `PRIVATE`.
        least: the least role that may do it.
        code: how it ends for those who may; None where it does not end by itself.
        over: it uses a connection, so a contributor may not where that is not shared.
        quiet: it changes and reveals nothing, though not everyone may do it. All else that is not
            for everyone leaves a row in the audit.
    """

    words: str
    least: str = "viewer"
    code: int | None = 0
    over: bool = False
    quiet: bool = False


ACTS = [
    Act("segment list"),
    Act("segment show vip --sample 2"),
    Act("segment show vip --sample 2 --reveal", "contributor"),
    Act("segment rows vip"),
    Act("segment rows vip --reveal", "contributor"),
    Act("segment growth vip"),
    Act("connection list"),
    Act("connection show shared", over=True),
    Act("connection lists shared", "contributor", over=True, quiet=True),
    Act("connection add New --key-file KEY --agree --base-url URL", "administrator"),
    Act("connection edit shared --rate 5", "administrator"),
    Act("connection key shared --key-file KEY", "administrator"),
    Act("connection test shared", "administrator"),
    Act("connection withdraw shared --yes", "administrator"),
    Act("connection remove shared --detach --yes", "administrator"),
    Act("export list"),
    Act("export show weekly"),
    Act("export preview weekly"),
    Act("export preview weekly --reveal", "contributor"),
    Act("export plan weekly --offline"),
    Act("export plan weekly", "contributor", over=True, quiet=True),
    Act(
        "export add New --connection shared --segment vip --field Email=email",
        "contributor",
        over=True,
    ),
    Act("export edit weekly --guard adds=5", "contributor", over=True),
    Act("export edit weekly --connection shared", "contributor", over=True),
    Act("export duplicate weekly --name Copy", "contributor", over=True),
    Act("export detach weekly", "contributor", over=True),
    Act("export attach weekly shared", "contributor", over=True),
    Act("export pause weekly", "contributor", over=True),
    # It is not paused, so there is nothing to write down.
    Act("export unpause weekly", "contributor", over=True, quiet=True),
    Act("export run weekly", "contributor", over=True),
    Act("export reset weekly --yes", "contributor", over=True),
    Act("export remove weekly --yes", "contributor", over=True),
    Act("run list"),
    Act("run totals"),
    Act("run show #1"),
    Act("run watch #1"),
    Act("run requests #1"),
    Act("run request #1 1"),
    Act("run request #1 1 --reveal", "contributor"),
    Act("run rejects #1"),
    Act("run rejects #1 --reveal", "contributor"),
    Act("run excluded #1"),
    Act("run excluded #1 --reveal", "contributor"),
    Act("run excluded #1 --csv -", "contributor"),
    Act("run approve #2 --detach", "contributor", over=True),
    Act("run cancel #2", "contributor", over=True),
    Act("run resume #3 --detach", "contributor", over=True),
    # Nobody was rejected, which is said to those who might have tried again.
    Act("run retry #1", "contributor", 2, over=True, quiet=True),
    Act("why p1@example.com"),
    Act("why p1@example.com --reveal", "contributor"),
    Act("schedule show weekly"),
    Act("schedule set weekly --daily --at 06:00", "contributor", over=True),
    Act("schedule refresh --daily --at 06:00", "administrator"),
    Act("schedule due", "administrator", quiet=True),
    Act("schedule run", "administrator", None),
    Act("alert list"),
    # None is open, which is said to those who might take one as known.
    Act("alert acknowledge weekly", "contributor", 2, quiet=True),
    Act("alert show", "administrator", quiet=True),
    Act("alert set --on failed", "administrator"),
    # No way of telling is set up, which is said to those who might set one up.
    Act("alert test", "administrator", 2, quiet=True),
    Act("retention show"),
    Act("retention set --logs 5", "administrator"),
    Act("retention apply", "administrator", quiet=True),
    Act("retention apply --dry-run"),
    Act("forget p1@example.com --look", "administrator", quiet=True),
    Act("forget p1@example.com --confirm p1@example.com", "administrator"),
    Act("operator list"),
    Act("operator add zoe --role viewer", "administrator"),
    Act("operator role chief viewer", "administrator"),
    Act("operator remove chief --yes", "administrator"),
    Act("audit list"),
    Act("audit list --who chief", "administrator", quiet=True),
    Act("audit verify", "administrator", quiet=True),
    Act("doctor"),
]
# These know no workspace, or make one of their own; the gate is tested on its own.
ROLELESS = {
    "init",
    "sandbox",
    "sandbox modes",
    "sandbox show",
    "demo",
    "completion",
    "keys",
    "serve-operator",
}
# What is not shared with contributors, by what is.
PRIVATE = {"weekly": "secret", "shared": "private", "#1": "#4", "#2": "#5", "#3": "#6"}


class House(NamedTuple):
    """A workspace as it stands before each action."""

    root: Path
    key: Path
    url: str


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    from store import workspace as workspaces
    from store.connections import Connection
    from store.exports import Export, Guards, SegmentChoice, new_id
    from store.keys.key import Key
    from store.people.operators import Operator
    from workers.actions import connections, exports, runs
    from workers.actions.desk import Desk
    from workers.sandbox.server import running

    folder = tmp_path_factory.mktemp("roles")
    with (
        pytest.MonkeyPatch.context() as environ,
        running(rate=0, account_email="owner@acme.test") as sandbox,
    ):
        environ.setenv("SEGPORT_NO_KEYRING", "1")
        workspace = workspaces.create(folder / "house")
        segment = workspace.segments_folder / "vip.csv"
        segment.write_text("email\np1@example.com\np2@example.com\nnobody\n")
        key = folder / "key"
        key.write_text(sandbox.key)
        desk = Desk(workspace, Operator("chief", "administrator"), "app")
        for name, audience in (("Shared", "contributors"), ("Private", "administrators")):
            draft = Connection(name=name, base_url=sandbox.base_url, rate=1000, usable_by=audience)
            connections.add(desk, draft, Key(sandbox.key), agreed=True, account="owner@acme.test")

        def export(name: str, connection: str, **guards: int) -> str:
            made = Export(
                id=new_id(), name=name, connection=connection, segments=[SegmentChoice("vip")],
                fields={"Email": "email"}, guards=Guards(excluded_percent="off", **guards),
            )  # fmt: skip
            return exports.add(desk, made).slug

        for over, name in (("shared", "Weekly"), ("private", "Secret")):
            ended(runs.start(desk, export(name, over)), workspace)
            ended(runs.start(desk, export(f"{name} guarded", over, adds=0)), workspace)
            waits = runs.start(desk, export(f"{name} stopped", over, adds=0))
            ended(waits, workspace)
            runs.cancel(desk, waits)
        states = [str(run.state) for run in reversed(runs.history(desk))]
        assert states == ["successful", "needs approval", "canceled"] * 2
        # The last to close the journal empties its -wal: what is copied stands still.
        deadline = time.monotonic() + 30
        while workspace.journal_path.with_name("journal.db-wal").exists():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield House(workspace.root, key, sandbox.base_url)


def ended(_run: int, workspace) -> None:
    """Wait until no run of a workspace is alive."""
    from store import locks

    deadline = time.monotonic() + 30
    while any(locks.is_held(path) for path in workspace.locks_folder.glob("run-*.lock")):
        assert time.monotonic() < deadline
        time.sleep(0.02)


class Stage:
    """A fresh copy of the house for each action."""

    def __init__(self, house: House, folder: Path) -> None:
        self._house = house
        self._folder = folder
        self._count = 0

    def act(
        self, role: str, words: str, mode: int = 0o644, environ=lambda _: {}
    ) -> subprocess.CompletedProcess[str]:
        from store import workspace as workspaces

        self._count += 1
        root = self._folder / str(self._count)
        shutil.copytree(self._house.root, root)
        settings = root / "segport.toml"
        text = settings.read_text()
        named = dict.fromkeys(ROLES, "[]") | {role: f'["{ME}"]'}
        named["administrator"] = f'["chief", "{ME}"]' if role == "administrator" else '["chief"]'
        for each, names in named.items():
            text = re.sub(rf"(?m)^{each}s = .*$", f"{each}s = {names}", text)
        settings.write_text(text)
        settings.chmod(mode)
        given = (
            words.replace("KEY", str(self._house.key))
            .replace("URL", self._house.url)
            .replace("#", "")
        )
        done = commands.segport(
            "--workspace", str(root), *given.split(),
            env={**os.environ, "SEGPORT_NO_KEYRING": "1", **environ(root)},
        )  # fmt: skip
        ended(0, workspaces.open_workspace(root))
        return done

    def deeds(self):
        """What the last action left in the audit, which still holds."""
        from store.journal import audit
        from store.journal.schema import Journal

        with Journal(self._folder / str(self._count) / ".segport" / "journal.db") as journal:
            assert audit.verify(journal).holds
            return audit.deeds(journal, audit.Wanted(who=ME))

    def refuses(self, role: str, words: str) -> None:
        """It names who could, shows nothing, and what was asked for is written down."""
        done = self.act(role, words)
        assert done.returncode == 5, (words, done)
        assert "chief" in done.stderr, (words, done.stderr)
        assert done.stdout == ""
        asked = self.deeds()
        assert [(deed.role, deed.result) for deed in asked] == [(role, "refused")], (words, asked)

    def may(self, role: str, act: Act) -> None:
        """The action is done; whoever only looks sees no more of a connection than its name."""
        looks = act.least == "viewer"
        done = self.act(role, f"{act.words} --json" if looks else act.words)
        assert done.returncode == act.code, (role, act.words, done)
        noted = self.deeds()
        assert bool(noted) == (not looks and not act.quiet), (act.words, noted)
        assert {deed.role for deed in noted} <= {role, ""}
        assert "refused" not in {deed.result for deed in noted}
        if looks and role != "administrator":
            host = self._house.url.split("//")[1].split("/")[0]
            unseen = [host, "owner@acme.test", ".segport/secrets"]
            # Of one that is not shared not even that, unless they ask for it by its name.
            unseen += ["Private", '"private"']
            told = done.stdout + done.stderr
            assert [each for each in unseen if each in told] == [], (role, act.words, told)


@pytest.fixture
def stage(house, tmp_path):
    return Stage(house, tmp_path)


def unshared(words: str) -> str:
    return " ".join(PRIVATE.get(word, word) for word in words.split())


@pytest.mark.sampled(4)
@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.words.replace(" ", "-"))
def test_every_role_may_do_what_it_may_and_nothing_else(stage, act):
    may = ROLES[ROLES.index(act.least) :]
    for role in ROLES:
        if role not in may:
            stage.refuses(role, act.words)
        elif act.code is not None:
            stage.may(role, act)
    if unshared(act.words) != act.words and "contributor" in may:
        act = act._replace(words=unshared(act.words))
        if act.over:
            stage.refuses("contributor", act.words)
        else:
            stage.may("contributor", act)


def test_every_command_is_in_the_table():
    from tui.cli.root import root

    def leaves(command, context, path=()):
        if not isinstance(command, click.Group):
            yield " ".join(path)
            return
        for name in command.list_commands(context):
            yield from leaves(command.get_command(context, name), context, (*path, name))
        if command.invoke_without_command and path:
            yield " ".join(path)

    known = set(leaves(root, click.Context(root)))
    listed = {
        name for act in ACTS for name in known
        if act.words == name or act.words.startswith(f"{name} ")
    }  # fmt: skip
    assert known - listed - ROLELESS == set()
    assert known >= ROLELESS


def test_a_contributor_sees_shared_connections_by_name_and_type(stage):
    [line] = json.loads(stage.act("contributor", "connection list --json").stdout)
    told = {name: value for name, value in line.items() if value is not None}
    assert told == {
        "slug": "shared", "name": "Shared", "type": "autopilot", "usable": True,
        "exports": ["Weekly", "Weekly guarded", "Weekly stopped"],
    }  # fmt: skip


def test_nothing_is_said_to_be_missing_that_a_contributor_may_not_see(stage):
    told = stage.act("contributor", "connection show shared").stdout
    assert told.splitlines() == [
        "connection  Shared",
        "type        autopilot",
        "you may     build exports on it",
        "used by     Weekly, Weekly guarded, Weekly stopped",
    ]


def test_the_list_of_exports_says_what_each_may(stage):
    def may(role: str) -> dict[str, bool]:
        told = json.loads(stage.act(role, "export list --json").stdout)
        return {line["slug"]: line["may_change"] for line in told if "-" not in line["slug"]}

    assert may("viewer") == {"weekly": False, "secret": False}
    assert may("contributor") == {"weekly": True, "secret": False}
    assert may("administrator") == {"weekly": True, "secret": True}


def test_an_export_cannot_be_taken_over_by_another_connection(stage):
    stage.refuses("contributor", "export edit secret --connection shared")
    stage.refuses("contributor", "export attach secret shared")
    stage.refuses("contributor", "export attach weekly private")


def test_tab_offers_no_connection_that_is_not_shared(stage):
    def offered(role: str) -> str:
        asks = {"_SEGPORT_COMPLETE": "zsh_complete", "COMP_CWORD": "5"}
        return stage.act(role, "", environ=lambda root: asks | {
            "COMP_WORDS": f"segport --workspace {root} connection show "
        }).stdout  # fmt: skip

    assert "private" not in offered("contributor")
    assert "shared" in offered("contributor")
    assert "private" in offered("administrator")


def test_doctor_says_what_the_roles_are_worth(stage, house):
    def found(**changes):
        told = json.loads(stage.act("administrator", "doctor --json", **changes).stdout)
        [check] = [each for each in told if each["what"] == "roles"]
        return check["fine"], check["found"]

    fine, words = found()
    assert fine
    assert words.startswith(("a convenience", "held by the gate"))
    fine, words = found(mode=0o666)
    assert not fine
    assert "other accounts can change segport.toml" in words


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_the_group_of_an_owner_without_a_name_is_others(tmp_path):
    path = tmp_path / "segport.toml"
    path.touch()
    os.chown(path, 54321, 0)
    path.chmod(0o664)
    assert _others_can_write(path)


def test_others_see_their_own_acts_only(stage):
    assert stage.act("viewer", "audit list --json").stdout == "[]\n"
    told = json.loads(stage.act("administrator", "audit list --json").stdout)
    # The fixture named this account in the file by hand.
    assert {deed["operator"] for deed in told} == {"chief", "unknown"}
    assert {deed["action"] for deed in told if deed["operator"] == "unknown"} == {
        "changed outside Segport"
    }
