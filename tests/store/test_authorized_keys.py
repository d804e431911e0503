"""Whom sshd lets in: a key is read strictly, and a line holds nothing but what Segport put there."""

from __future__ import annotations

import base64
import os
import shlex
import shutil
import stat
import struct
import subprocess
import sys

import pytest

from store.errors import StorageError, UsageError
from store.people import authorized_keys, public_key


def blob(*fields: bytes) -> str:
    packed = b"".join(struct.pack(">I", len(field)) + field for field in fields)
    return base64.b64encode(packed).decode()


def ed25519(fill: bytes = b"k") -> str:
    return f"ssh-ed25519 {blob(b'ssh-ed25519', fill * 32)}"


def rsa(bits: int) -> str:
    modulus = (1 << (bits - 1)).to_bytes(bits // 8 + 1, "big")
    body = blob(b"ssh-rsa", b"\x01\x00\x01", modulus)
    return f"ssh-rsa {body}"


@pytest.fixture
def keys(tmp_path):
    (tmp_path / ".ssh").mkdir(mode=0o700)
    return tmp_path / ".ssh" / "authorized_keys"


@pytest.mark.parametrize(
    "text",
    [
        ed25519(),
        f"  {ed25519()} alice@laptop  \n",
        f"# a comment\n{ed25519()}\n\n",
        rsa(3072),
        f"ecdsa-sha2-nistp256 {blob(b'ecdsa-sha2-nistp256', b'nistp256', b'4' * 65)}",
    ],
)
def test_a_public_key_is_read_without_what_stands_beside_it(text):
    key = public_key.parse(text)
    assert key.fingerprint.startswith("SHA256:")
    assert "alice" not in repr(key)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not one public key"),
        (f"{ed25519()}\n{ed25519(b'l')}", "not one public key"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nx\n", "private key"),
        (f'command="/bin/sh" {ed25519()}', "does not begin"),
        (f"no-pty {ed25519()}", "does not begin"),
        (f"{ed25519()}\rssh-rsa x", "not one public key"),
        ("ssh-ed25519", "damaged"),
        ("ssh-ed25519 !!!!", "not base64"),
        ("ssh-ed25519 ＡＡＡＡ", "not base64"),
        (f"ssh-ed25519 {blob(b'ssh-rsa', b'1', b'2')}", "no ssh-ed25519 key"),
        (f"ssh-ed25519 {blob(b'ssh-ed25519', b'k' * 31)}", "32 bytes"),
        (f"ssh-ed25519 {blob(b'ssh-ed25519', b'k' * 32, b'more')}", "no ssh-ed25519 key"),
        (f"ssh-ed25519 {ed25519().split()[1][:-4]}", "damaged"),
        (rsa(1024), "2048"),
        (f"ssh-dss {blob(b'ssh-dss', b'1')}", "does not begin"),
        (f"ssh-ed25519-cert-v01@openssh.com {blob(b'x')}", "does not begin"),
    ],
)
def test_what_is_no_plain_public_key_is_refused(text, why):
    with pytest.raises(UsageError, match=why):
        public_key.parse(text)


def test_a_line_forces_the_gate_and_comes_apart_again(keys, tmp_path):
    key = public_key.parse(f"{ed25519()} evil\tcomment")
    root = tmp_path / "a 'wörk \"space\\ $HOME `x`"
    authorized_keys.add(keys, "alice", root, key)
    [line] = keys.read_text().splitlines()
    assert f'",restrict,pty ssh-ed25519 {key.text} segport:alice' in line
    assert "evil" not in line
    [found] = authorized_keys.lines(keys)
    assert (found.operator, found.workspace, found.fingerprint) == (
        "alice", str(root), key.fingerprint,
    )  # fmt: skip
    # As sshd takes the option apart, and the account's shell the command.
    inside = line.removeprefix('command="').split('",restrict')[0].replace('\\"', '"')
    shown = subprocess.run(
        ["/bin/sh", "-c", f"printf '%s\\n' {inside}"], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert shown == shlex.split(inside)
    assert shown[shown.index("--workspace") + 1] == str(root)
    assert shown[:3] == ["exec", sys.executable, "-I"]
    assert stat.S_IMODE(keys.stat().st_mode) == 0o600


def test_no_shell_stays_that_ctrl_c_could_end_by_its_signal(keys, tmp_path, monkeypatch):
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\necho $$\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    line = authorized_keys.line_for("alice", tmp_path, public_key.parse(ed25519()))
    inside = line.removeprefix('command="').split('",restrict')[0]
    shell = subprocess.Popen(["/bin/sh", "-c", inside], stdout=subprocess.PIPE, text=True)
    assert shell.communicate(timeout=30)[0] == f"{shell.pid}\n"


def test_a_line_without_exec_as_it_was_written_before_counts(keys, tmp_path):
    line = authorized_keys.line_for("alice", tmp_path, public_key.parse(ed25519()))
    keys.write_text(f"{line.replace('exec ', '')}\n")
    keys.chmod(0o600)
    assert [each.operator for each in authorized_keys.lines(keys)] == ["alice"]
    assert authorized_keys.others(keys) == 0


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="there is no ssh-keygen here")
def test_ssh_reads_the_line_as_we_do(keys, tmp_path):
    key = public_key.parse(ed25519())
    authorized_keys.add(keys, "alice", tmp_path, key)
    told = subprocess.run(
        ["ssh-keygen", "-l", "-f", str(keys)], capture_output=True, text=True, check=True
    ).stdout
    assert key.fingerprint in told
    assert "segport:alice" in told


def test_lines_of_others_stay_and_a_key_opens_one_way_only(keys, tmp_path):
    foreign = f"# mine\nno-pty {ed25519(b'o')} me@home\n"
    keys.write_text(foreign)
    keys.chmod(0o600)
    with pytest.raises(UsageError, match=r"line 2, without the gate"):
        authorized_keys.add(keys, "alice", tmp_path, public_key.parse(ed25519(b"o")))
    for name, fill in (("alice", b"a"), ("alice", b"b"), ("bob", b"c")):
        authorized_keys.add(keys, name, tmp_path, public_key.parse(ed25519(fill)))
    with pytest.raises(UsageError, match="for bob"):
        authorized_keys.add(keys, "alice", tmp_path, public_key.parse(ed25519(b"c")))
    authorized_keys.add(keys, "alice", tmp_path / "other", public_key.parse(ed25519(b"d")))
    assert authorized_keys.others(keys) == 1
    assert authorized_keys.remove(keys, "alice", tmp_path) == 2
    assert [line.operator for line in authorized_keys.lines(keys)] == ["bob", "alice"]
    assert keys.read_text().startswith(foreign)
    assert authorized_keys.remove(keys, "nobody", tmp_path) == 0


def test_a_line_that_was_loosened_is_no_line_of_the_gate(keys, tmp_path):
    authorized_keys.add(keys, "alice", tmp_path, public_key.parse(ed25519()))
    keys.write_text(keys.read_text().replace(",restrict,pty", ",pty"))
    assert authorized_keys.lines(keys) == []
    assert authorized_keys.others(keys) == 1


def test_a_place_that_others_can_reach_is_not_written(keys, tmp_path):
    key = public_key.parse(ed25519())
    keys.parent.chmod(0o755)
    with pytest.raises(StorageError, match="cannot be written") as refused:
        authorized_keys.add(keys, "alice", tmp_path, key)
    assert authorized_keys.line_for("alice", tmp_path, key) in refused.value.hint
    keys.parent.chmod(0o700)
    keys.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StorageError, match="a link"):
        authorized_keys.add(keys, "alice", tmp_path, key)
    assert not os.path.lexists(tmp_path / "elsewhere")
