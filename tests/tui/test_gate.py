"""The gate on a real sshd on loopback: what an operator gets, and everything they do not."""

from __future__ import annotations

import getpass
import json
import os
import pwd
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests import commands

ROOT = Path(__file__).parents[2]
SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
SSH = shutil.which("ssh")
ME = getpass.getuser()

pytestmark = [
    pytest.mark.skipif(
        SSHD is None, reason="there is no sshd here: apt-get install openssh-server"
    ),
    pytest.mark.skipif(SSH is None, reason="there is no ssh here"),
    # One server for all of them.
    pytest.mark.xdist_group("sshd"),
]

# The worst that a host may allow: every variable is taken over from the client.
CONFIG = """
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
AuthorizedKeysFile {folder}/keys/authorized_keys
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
AcceptEnv *
AllowTcpForwarding yes
Subsystem sftp internal-sftp
"""


class Host:
    """A host with a workspace behind a gate; `boss` is an administrator there, by a key."""

    def __init__(self, folder: Path, workspace: Path, port: int) -> None:
        self.folder = folder
        self.workspace = workspace
        self.port = port

    def segport(self, *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
        """As the account itself, with its shell."""
        environ = {
            **os.environ,
            "SEGPORT_NO_KEYRING": "1",
            "SEGPORT_WORKSPACE": str(self.workspace),
        }
        return commands.segport(*arguments, env=environ, typed=text)

    def let_in(self, name: str, role: str) -> None:
        key = self.key(name)
        done = self.segport("operator", "add", name, "--role", role, "--key", f"{key}.pub",
                            "--authorized-keys", str(self.keys_file))  # fmt: skip
        assert done.returncode == 0, done.stderr

    @property
    def keys_file(self) -> Path:
        return self.folder / "keys" / "authorized_keys"

    def key(self, name: str) -> Path:
        path = self.folder / f"id_{name}"
        if not path.exists():
            keygen(path)
        return path

    def command(self, who: str, *options: str) -> list[str]:
        return [
            SSH or "ssh", "-F", "none", "-p", str(self.port), "-i", str(self.key(who)),
            "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-o", "BatchMode=yes",
            "-o", "StrictHostKeyChecking=no", "-o", f"UserKnownHostsFile={self.folder}/known",
            "-o", "LogLevel=ERROR", *options, "--", f"{ME}@127.0.0.1",
        ]  # fmt: skip

    def ssh(self, who: str, *words: str, options=(), text="", env=None, seconds=60):
        return subprocess.run(
            [*self.command(who, *options), *words], input=text, capture_output=True, text=True,
            env={**os.environ, **(env or {})}, timeout=seconds, check=False,
        )  # fmt: skip


def keygen(path: Path) -> None:
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "a comment", "-f", str(path)],
        check=True,
    )


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    folder = tmp_path_factory.mktemp("host")
    workspace = folder / "the workspace"
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    keygen(folder / "host")
    (folder / "config").write_text(CONFIG.format(port=port, folder=folder))
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    server = subprocess.Popen(
        [SSHD, "-D", "-e", "-f", str(folder / "config")],
        stdin=subprocess.DEVNULL, stderr=(folder / "log").open("w"), start_new_session=True,
    )  # fmt: skip
    made = Host(folder, workspace, port)
    try:
        assert made.segport("init", str(workspace)).returncode == 0
        (workspace / "data" / "segments" / "vip.csv").write_text("email\na@example.com\n")
        made.let_in("boss", "administrator")
        wait_for_port(port, server, folder / "log")
        yield made
    finally:
        server.kill()
        server.wait()


def wait_for_port(port: int, server, log: Path) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        assert server.poll() is None, log.read_text()
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(log.read_text())


def test_an_operator_gets_the_command_line_by_their_own_name(host):
    done = host.ssh("boss", "segport", "operator", "list", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["you"] == {"name": "boss", "role": "administrator"}


@pytest.mark.slow
def test_what_a_shell_would_take_for_commands_is_only_words(host, tmp_path):
    proof = tmp_path / "proof"
    for told in (
        "bash -i",
        "sh -c 'id'",
        "cat /etc/passwd",
        f"segport; touch {proof}",
        f"segport operator list && touch {proof}",
        f"segport operator list | tee {proof}",
        f"segport operator list > {proof}",
        f"$(touch {proof})",
        f"`touch {proof}`",
        f"operator list\ntouch {proof}",
        "segport 'unclosed",
        f"scp -t {proof}",
        f"rsync --server . {proof}",
        "git-upload-pack .",
        "internal-sftp",
        "x" * 9000,
        "",
    ):
        done = host.ssh("boss", told, text=f"touch {proof}\n")
        assert done.returncode == 2, (told, done)
        assert "root:" not in done.stdout + done.stderr
        assert "Traceback" not in done.stderr
    assert not proof.exists()


def test_nothing_is_transferred_or_forwarded(host, tmp_path):
    assert host.ssh("boss", options=["-s"], text="").returncode != 0
    assert host.ssh("boss", "sftp", options=["-s"], text="").returncode == 2
    remote = host.ssh(
        "boss", "operator", "list",
        options=["-o", "ExitOnForwardFailure=yes", "-R", "0:127.0.0.1:1"],
    )  # fmt: skip
    assert remote.returncode == 255
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        local = free.getsockname()[1]
    tunnel = subprocess.Popen(
        host.command("boss", "-N", "-L", f"{local}:127.0.0.1:{host.port}"),
        stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 20
        while True:
            try:
                with socket.create_connection(("127.0.0.1", local), 5) as through:
                    # The port is ssh's own; sshd opens nothing behind it, so no greeting comes.
                    assert through.recv(100) == b""
                break
            except ConnectionRefusedError:
                assert time.monotonic() < deadline
                time.sleep(0.05)
    finally:
        tunnel.kill()
        tunnel.wait()


def test_no_variable_loads_code_names_a_file_or_makes_somebody_else(host, tmp_path):
    proof, evil, other = tmp_path / "proof", tmp_path / "evil", tmp_path / "other"
    (evil / "segport").mkdir(parents=True)
    for module in ("click", "sitecustomize", "usercustomize", "evil"):
        (evil / f"{module}.py").write_text(f"open({str(proof)!r}, 'w')\n")
    touch = json.dumps(["touch", str(proof)])
    (evil / "segport" / "config.toml").write_text(f"[key_commands]\nacme = {touch}\n")
    assert host.segport("init", str(other)).returncode == 0
    hostile = {
        "PYTHONPATH": str(evil), "PYTHONHOME": str(evil), "PYTHONSTARTUP": str(evil / "evil.py"),
        "PYTHONINSPECT": "1", "PYTHONBREAKPOINT": "evil.x", "PYTHONUSERBASE": str(evil),
        "TEXTUAL_LOG": str(proof), "TEXTUAL_DRIVER": "evil:Driver", "TEXTUAL_PRESS": "q",
        "SEGPORT_WORKSPACE": str(other), "SEGPORT_OPERATOR": "boss", "SEGPORT_KEY_ACME": "x",
        "SEGPORT_SEAM": "plan", "_SEGPORT_COMPLETE": "bash_source", "XDG_CONFIG_HOME": str(evil),
        "XDG_CONFIG_DIRS": str(evil), "HOME": str(evil), "USER": "boss", "LOGNAME": "boss",
        "SUDO_USER": "boss", "PAGER": f"touch {proof}", "EDITOR": f"touch {proof}",
        "BROWSER": f"touch {proof}", "CREDENTIALS_DIRECTORY": str(evil), "HTTPS_PROXY": "evil:1",
        "SSH_USER_AUTH": "/etc/passwd", "SSH_ORIGINAL_COMMAND": "operator list", "PATH": str(evil),
        "LC_ALL": "../../../../etc/passwd", "LC_EVIL": "\x1b]2;x\x07", "TMPDIR": str(evil),
        "CLICK_COLOR": "1", "DUCKDB_HOME": str(evil),
    }  # fmt: skip
    if not any(line.operator == "eve" for line in lines(host)):
        host.let_in("eve", "viewer")
    options = ["-o", f"SendEnv={' '.join(hostile)}"]
    done = host.ssh("eve", "operator", "list", "--json", options=options, env=hostile)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["you"] == {"name": "eve", "role": "viewer"}
    told = json.loads(host.ssh("eve", "doctor", "--json", options=options, env=hostile).stdout)
    found = {check["what"]: check["found"] for check in told}
    assert found["workspace"] == str(host.workspace)
    assert str(evil) not in json.dumps(told)
    assert not proof.exists()


def lines(host):
    from store.people import authorized_keys

    return authorized_keys.lines(host.keys_file)


@pytest.mark.slow
def test_no_file_of_the_host_can_be_named(host, tmp_path):
    proof = tmp_path / "proof"
    for words in (
        f"--workspace {tmp_path} operator list",
        f"-w {tmp_path} operator list",
        "connection add X --agree --no-connect --key-file /etc/hostname",
        f"run excluded 1 --csv {proof}",
        f"run rejects 1 --csv {proof}",
        "operator add x --role viewer --key /etc/hostname",
        f"operator remove boss --yes --authorized-keys {proof}",
        f"init {proof}",
        f"demo --headless --folder {proof}",
        f"sandbox --state {proof}",
        "serve-operator somebody",
    ):
        done = host.ssh("boss", words)
        assert done.returncode == 5, (words, done)
    for words in (
        "segment show ../../../../../../etc/passwd",
        "segment show /etc/passwd",
        "export show ../segport",
        "connection show ../segport",
        "connection show ../../../../../../etc/hostname",
    ):
        done = host.ssh("boss", words)
        assert done.returncode == 2, (words, done)
        assert "root:" not in done.stdout
    assert not proof.exists()


@pytest.mark.slow
def test_a_query_reads_and_writes_nothing_beside_the_data(host, tmp_path):
    proof = tmp_path / "proof"
    segments = host.workspace / "data" / "segments"
    for n, query in enumerate(
        (
            "select * from read_text('/etc/passwd')",
            f"select * from read_csv('{host.workspace}/segport.toml', header=false)",
            f"with x as (copy (select 1) to '{proof}') select 1",
            f"copy (select 'a@example.com' as email) to '{proof}'",
            f"select 1) q; copy (select 1) to '{proof}'; select * from (select 1",
            "select * from glob('/etc/*')",
            "install httpfs",
        )
    ):
        path = segments / f"evil{n}.sql"
        path.write_text(query)
        done = host.ssh("boss", f"segment show evil{n} --sample 5")
        assert done.returncode != 0, (query, done)
        assert "root:" not in done.stdout + done.stderr
        assert "administrators =" not in done.stdout
        path.unlink()
    assert not proof.exists()


def test_every_path_that_a_command_takes_is_asked_for_by_the_gate():
    import click

    from tui.cli.paths import HostPath
    from tui.cli.root import root

    def parameters(command, context):
        for parameter in command.params:
            yield context.command_path, parameter
        if isinstance(command, click.Group):
            for name in command.list_commands(context):
                found = command.get_command(context, name)
                yield from parameters(found, click.Context(found, context, name))

    known = list(parameters(root, click.Context(root, info_name="segport")))
    assert len(known) > 60
    for path, each in known:
        names = {each.name, str(getattr(each, "metavar", "")).lower()}
        named = {"file", "folder", "dir", "path", "key_file", "csv_file"} & names
        if named or isinstance(each.type, click.Path | click.File):
            assert type(each.type) is HostPath, (path, each.name)


def test_no_other_program_is_offered_by_what_the_gate_leads_to():
    for path in (ROOT / "tui").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for word in ("echo_via_pager", "click.edit", "click.launch", "webbrowser", ".suspend("):
            assert word not in text, (path, word)


def test_roles_hold_through_the_gate_and_a_refusal_names_who_could(host):
    host.let_in("vera", "viewer")
    done = host.ssh("vera", "operator", "role", "vera", "administrator")
    assert done.returncode == 5
    assert "vera is a viewer here" in done.stderr
    assert "boss" in done.stderr


@pytest.mark.slow
def test_the_last_administrator_who_comes_through_the_gate_stays_one(host):
    # The account itself is named too, and nobody outside can be it.
    for words in (["role", "boss", "viewer"], ["remove", "boss", "--yes"]):
        done = host.ssh("boss", "operator", *words)
        assert (done.returncode, done.stdout) == (2, ""), done
        assert "keeps at least one administrator who comes through the gate" in done.stderr
    host.let_in("second", "administrator")
    assert host.ssh("boss", "operator", "role", "second", "viewer").returncode == 0
    assert host.ssh("boss", "operator", "remove", "second", "--yes").returncode == 0


def test_whoever_is_taken_out_is_out_at_once(host):
    host.let_in("olga", "contributor")
    assert host.ssh("olga", "export", "list").returncode == 0
    settings = host.workspace / "segport.toml"
    text = settings.read_text()
    # By hand: the line in authorized_keys still stands.
    settings.write_text(text.replace('"olga"', '"somebody"'))
    for words in (["export", "list"], ["--help"], ["--version"], []):
        done = host.ssh("olga", *words)
        assert done.returncode == 5, done
        assert "olga is not an operator of this workspace" in done.stderr
    settings.write_text(text)
    told = json.loads(host.ssh("boss", "audit", "list", "--who", "olga", "--json").stdout)
    assert {(deed["action"], deed["result"]) for deed in told[:4]} == {("come in", "refused")}
    assert all("key SHA256:" in deed["session"] for deed in told[:4])
    by_hand = json.loads(host.ssh("boss", "audit", "list", "--who", "unknown", "--json").stdout)
    assert "somebody" in by_hand[0]["detail"]
    settings.write_text(f"shoes = 3\n{text}")
    done = host.ssh("olga", "export", "list")
    assert done.returncode == 5, done
    assert "segport.toml, line 1, field shoes: " in done.stderr
    assert "so nobody is an operator of this workspace. Correct the file on" in done.stderr
    assert done.stderr.count("segport: ") == 1
    settings.write_text(text)
    assert host.ssh("boss", "operator", "remove", "olga", "--yes").returncode == 0
    assert host.ssh("olga", "export", "list").returncode == 255
    assert "olga" not in host.keys_file.read_text()


@pytest.mark.slow
def test_an_administrator_lets_people_in_from_afar(host):
    public = Path(f"{host.key('ned')}.pub").read_text()
    add = ("operator", "add", "ned", "--role", "viewer", "--key", "-")
    assert host.ssh("boss", *add, text=public).returncode == 0
    assert host.keys_file.stat().st_mode & 0o777 == 0o600
    assert host.ssh("ned", "operator", "list").returncode == 0
    again = host.ssh("boss", *add, text=public)
    assert again.returncode == 2
    assert "already" in again.stderr
    audit = json.loads(host.ssh("boss", "audit", "list", "--who", "boss", "--json").stdout)
    assert [deed["action"] for deed in audit[:2]] == ["operator key added", "operator added"]
    [boss] = [line for line in lines(host) if line.operator == "boss"]
    assert audit[0]["session"].startswith("ssh 127.0.0.1:")
    assert audit[0]["session"].endswith(f", key {boss.fingerprint}")


def test_nobody_becomes_somebody_by_calling_the_gate(host):
    for environ in ({}, {"SSH_CONNECTION": "127.0.0.1 1 127.0.0.1 22"}):
        done = subprocess.run(
            [sys.executable, "-m", "tui.cli", "-w", str(host.workspace), "serve-operator", "boss"],
            cwd=ROOT, env={**os.environ, **environ}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 5
        assert "for sshd" in done.stderr


def test_work_goes_through_the_gate(host):
    from workers.sandbox.server import running

    with running(rate=0, account_email="owner@acme.test") as sandbox:
        done = host.ssh(
            "boss", "connection", "add", "Acme", "--agree", "--key-file", "-",
            "--base-url", sandbox.base_url, text=sandbox.key,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        add = "export add Weekly --connection acme --segment vip --field Email=email"
        assert host.ssh("boss", add).returncode == 0
        done = host.ssh("boss", "export run Weekly --json")
        assert done.returncode == 0, done.stderr
        assert set(sandbox.contacts()) == {"a@example.com"}
        shown = json.loads(host.ssh("boss", "run show 1 --json").stdout)
        assert (shown["operator"], shown["state"]) == ("boss", "successful")


class Terminal:
    """An ssh with a terminal."""

    def __init__(self, command):
        import fcntl
        import pty
        import struct
        import termios

        self.ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        environ = {**os.environ, "TERM": "xterm-256color"}
        self.process = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, env=environ, start_new_session=True
        )
        os.close(theirs)
        self.told = b""

    def until(self, wanted: bytes, seconds: float = 30.0) -> None:
        import select

        deadline = time.monotonic() + seconds
        while wanted not in self.told:
            left = deadline - time.monotonic()
            assert left > 0, self.told[-2000:]
            if select.select([self.ours], [], [], left)[0]:
                try:
                    self.told += os.read(self.ours, 65536)
                except OSError:
                    assert wanted in self.told, self.told[-2000:]

    def press(self, keys: bytes) -> None:
        self.told = b""
        os.write(self.ours, keys)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.ours)


@pytest.fixture
def terminal():
    opened = []

    def open_(command):
        opened.append(Terminal(command))
        return opened[-1]

    yield open_
    for each in opened:
        each.close()


def test_the_app_opens_is_not_suspended_and_closes(host, terminal):
    app = terminal(host.command("boss", "-tt"))
    app.until(b"Exports")
    app.press(b"\x1a")
    app.press(b"3")
    app.until(b"vip")
    app.press(b"q")
    assert app.process.wait(20) == 0


@pytest.mark.slow
def test_whoever_is_taken_out_leaves_the_open_app(host, terminal):
    host.let_in("lena", "viewer")
    app = terminal(host.command("lena", "-tt"))
    app.until(b"Exports")
    app.told = b""
    assert host.ssh("boss", "operator", "remove", "lena", "--yes").returncode == 0
    app.until(b"lena is not an operator")
    assert app.process.wait(20) == 5


def test_a_command_with_a_terminal_is_not_stopped_by_ctrl_z(host, terminal):
    host.let_in("tess", "viewer")
    watching = terminal([*host.command("boss", "-tt"), "operator", "remove", "tess"])
    watching.until(b"[y/N]")
    watching.press(b"\x1a")
    watching.press(b"n\r")
    assert watching.process.wait(20) == 2


@pytest.mark.slow
def test_colours_behind_the_gate_are_each_operators_own(host, terminal):
    host.let_in("cora", "viewer")
    app = terminal(host.command("cora", "-tt"))
    app.until(b"Exports")
    app.press(b"\x14")
    app.until(b"light-16")
    # From the theme of now to the last one there is, whichever that is.
    app.press(b"\x1b[F\r")
    app.until(b"kept for cora")
    app.press(b"q")
    assert app.process.wait(20) == 0
    from store.people import tastes
    from store.workspace import open_workspace

    workspace = open_workspace(host.workspace)
    assert tastes.load(workspace, "cora").theme
    assert tastes.load(workspace, "boss").theme is None
    (kept,) = (host.workspace / ".segport" / "tastes").iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    # The account's own configuration is as it was.
    account = Path(pwd.getpwuid(os.geteuid()).pw_dir) / ".config" / "segport" / "config.toml"
    assert not account.exists() or kept.stat().st_mtime > account.stat().st_mtime
    # The next session of the same person begins with it.
    again = terminal(host.command("cora", "-tt"))
    again.until(b"Exports")
    again.press(b"\x14")
    again.until(tastes.load(workspace, "cora").theme.encode())
