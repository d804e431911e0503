import copy
import fcntl
import os
import pickle
import subprocess
import sys
import time
import traceback

import pytest

from store import machine, workspace
from store.errors import ConfigurationError, KeyProblem, StorageError
from store.keys import keyrings
from store.keys.key import Key
from store.keys.secrets import find_key, remove_key, save_key, where_is_key, workspace_secret

ORIGIN = "https://api2.autopilothq.com"
VALUE = "5e9a0f7c2b4d4e1f8a6b3c9d0e1f2a3b"


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path / "etc"))
    return workspace.create(tmp_path / "ws")


def environment(**entries):
    return {"PATH": os.environ["PATH"], "SEGPORT_NO_KEYRING": "1", **entries}


def find(place, *, slug="main", origin=ORIGIN, **entries):
    return find_key(place, slug, origin, environ=environment(**entries))


def key_file(place, *, origin=ORIGIN, value=VALUE):
    save_key(place, "main", origin, Key(value))
    return place.secrets_folder / "main.toml"


def configure(tmp_path, text, folder="config"):
    path = tmp_path / folder / "segport" / "config.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o600)
    return path


def printing(text):
    return f"[key_commands]\nmain = [{sys.executable!r}, '-c', {f'print({text!r})'!r}]\n"


# What holds a key.


@pytest.mark.parametrize(
    "shown", [repr, str, "{}".format, "{:>9}".format, "%s".__mod__, "%r".__mod__]
)
def test_a_key_is_not_shown(shown):
    assert VALUE not in shown(Key(VALUE))
    assert VALUE not in str([Key(VALUE)])


def test_a_key_is_neither_pickled_nor_copied_nor_listed():
    key = Key(VALUE)
    for leak in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            leak(key)
    with pytest.raises(TypeError):
        vars(key)
    assert key.reveal() == VALUE


def test_a_key_is_not_in_a_traceback_with_its_locals():
    def fail(key):
        raise RuntimeError(f"with {key}")

    try:
        fail(Key(VALUE))
    except RuntimeError as error:
        told = traceback.TracebackException.from_exception(error, capture_locals=True)
        assert not any(VALUE in line for line in told.format() if "VALUE" not in line)
        assert any("key = Key(****)" in line for line in told.format())


def test_white_space_around_a_key_is_no_part_of_it():
    assert Key(f"  {VALUE}\r\n").reveal() == VALUE


@pytest.mark.parametrize(
    "value", ["", "  \n", "two words", "a\nb", "schlüssel", "a\x00", "k" * 5000]
)
def test_what_is_no_key_is_refused_without_being_quoted(value):
    with pytest.raises(KeyProblem) as caught:
        Key(value)
    assert not value.strip() or value not in str(caught.value)


def test_a_fingerprint_depends_on_key_and_workspace_alone():
    one = Key(VALUE).fingerprint(b"secret")
    assert len(one) == 8
    assert int(one, 16) >= 0
    assert one == Key(f" {VALUE}\n").fingerprint(b"secret")
    assert one != Key(VALUE).fingerprint(b"other")
    assert one != Key(VALUE[::-1]).fingerprint(b"secret")


# Where a key comes from.


def test_the_order_of_the_sources(place, tmp_path):
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "main").write_text("from-credentials\n")
    machine_file = configure(tmp_path, printing("from-command"))
    file = key_file(place, value="from-file")
    entries = {"CREDENTIALS_DIRECTORY": str(credentials), "SEGPORT_KEY_MAIN": "from-environment"}

    def taken():
        found = find(place, **entries)
        where = where_is_key(place, "main", ORIGIN, environ=environment(**entries))
        assert found.source == where
        return found.key.reveal(), found.from_environment

    assert taken() == ("from-credentials", False)
    (credentials / "main").unlink()
    assert taken() == ("from-command", False)
    machine_file.unlink()
    assert taken() == ("from-file", False)
    file.unlink()
    assert taken() == ("from-environment", True)
    entries.clear()
    with pytest.raises(KeyProblem, match="There is no API key for connection main"):
        taken()
    assert where_is_key(place, "main", ORIGIN, environ=environment()) is None


def test_the_source_of_a_file_says_that_it_is_plain_text(place):
    key_file(place)
    assert find(place).source == (
        "file .segport/secrets/main.toml, plain text readable by this account only"
    )


def test_a_missing_key_says_what_to_do_and_names_its_variable(place):
    with pytest.raises(KeyProblem, match="SEGPORT_KEY_EU_NEWS_2") as caught:
        find(place, slug="eu-news.2")
    assert "segport connection edit eu-news.2" in caught.value.hint


def test_a_key_from_the_environment_is_taken_out_of_it_and_found_again(place):
    os.environ["SEGPORT_KEY_FROM_ENV"] = VALUE
    first = find_key(place, "from-env", ORIGIN)
    assert "SEGPORT_KEY_FROM_ENV" not in os.environ
    assert "SEGPORT_KEY" not in subprocess.check_output(["env"], text=True)
    again = find_key(place, "from-env", ORIGIN)
    assert first.key.reveal() == again.key.reveal() == VALUE
    assert again.from_environment
    assert where_is_key(place, "from-env", ORIGIN) == again.source
    with pytest.raises(KeyProblem, match="another address"):
        find_key(place, "from-env", "https://elsewhere.example")


@pytest.mark.parametrize("slug", ["", "..", "../main", "a/b", ".hidden", "a\0b"])
def test_a_slug_never_leads_out_of_the_folder(place, slug):
    with pytest.raises(KeyProblem):
        find(place, slug=slug)


# Key files.


def test_a_key_file_is_private_and_whole(place):
    file = key_file(place)
    save_key(place, "main", ORIGIN, Key("second"))
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in file.parent.iterdir()] == ["main.toml"]
    assert find(place).key.reveal() == "second"


def test_a_key_is_not_used_for_another_origin(place):
    key_file(place, origin="https://elsewhere.example")
    with pytest.raises(KeyProblem, match="another address") as caught:
        find(place)
    assert VALUE not in str(caught.value)


def test_a_credential_may_be_bound_to_its_origin_too(place, tmp_path):
    (tmp_path / "main").write_text(f'key = "{VALUE}"\norigin = "{ORIGIN}"\n')
    assert find(place, CREDENTIALS_DIRECTORY=str(tmp_path)).key.reveal() == VALUE
    with pytest.raises(KeyProblem, match="another address"):
        find(place, CREDENTIALS_DIRECTORY=str(tmp_path), origin="https://elsewhere.example")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_key_file_that_others_can_reach_is_refused(place, mode):
    file = key_file(place)
    file.chmod(mode)
    with pytest.raises(KeyProblem) as caught:
        find(place, SEGPORT_KEY_MAIN="not this one either")
    assert f"chmod 600 {file}" in caught.value.hint
    assert VALUE not in str(caught.value)


def test_a_folder_that_others_can_reach_is_refused(place):
    key_file(place)
    place.secrets_folder.chmod(0o755)
    with pytest.raises(KeyProblem) as caught:
        find(place)
    assert f"chmod 700 {place.secrets_folder}" in caught.value.hint
    with pytest.raises(KeyProblem):
        save_key(place, "other", ORIGIN, Key(VALUE))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_key_file_of_somebody_else_is_refused(place):
    os.chown(key_file(place), 12345, -1)
    with pytest.raises(KeyProblem, match="belongs to another account"):
        find(place)


def test_a_link_is_refused(place, tmp_path):
    file = key_file(place)
    file.rename(tmp_path / "real.toml")
    file.symlink_to(tmp_path / "real.toml")
    with pytest.raises(KeyProblem, match="is a link"):
        find(place)


def test_a_linked_folder_is_refused(place, tmp_path):
    key_file(place)
    place.secrets_folder.rename(tmp_path / "real")
    place.secrets_folder.symlink_to(tmp_path / "real")
    with pytest.raises(KeyProblem, match="is a link"):
        find(place)


def test_a_pipe_does_not_hang_it(place):
    os.mkfifo(place.secrets_folder / "main.toml", 0o600)
    with pytest.raises(KeyProblem, match="no regular file"):
        find(place)


@pytest.mark.parametrize(
    "content",
    [b"", VALUE.encode(), b"key = 3\norigin = 4\n", f'key = "{VALUE}"'.encode(), b'key = "\xff'],
)
def test_a_damaged_key_file_is_said_without_quoting_it(place, content):
    file = key_file(place)
    file.write_bytes(content)
    with pytest.raises(KeyProblem) as caught:
        find(place)
    assert VALUE not in "".join(traceback.format_exception(caught.value))


def test_a_key_can_be_removed(place):
    key_file(place)
    assert remove_key(place, "main")
    assert not remove_key(place, "main")
    with pytest.raises(KeyProblem):
        find(place)


def test_a_full_disk_leaves_the_old_key(place):
    file = key_file(place)
    script = (
        "import resource, signal, sys, pathlib\n"
        "from store import workspace; from store.keys import secrets\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "place = workspace.open_workspace(pathlib.Path(sys.argv[1]))\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))\n"
        "secrets.save_key(place, 'main', 'https://a.example', secrets.Key('other'))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(place.root)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert StorageError.__name__ in done.stderr
    assert [path.name for path in file.parent.iterdir()] == ["main.toml"]
    assert find(place).key.reveal() == VALUE


# Key commands.


def test_a_key_command_gives_its_first_line(place, tmp_path):
    configure(tmp_path, printing(f"{VALUE}\nuser: someone"))
    assert find(place).key.reveal() == VALUE


def test_this_accounts_commands_win_over_the_machines(place, tmp_path):
    configure(tmp_path, printing("of-the-machine"), "etc")
    assert find(place).key.reveal() == "of-the-machine"
    configure(tmp_path, printing("of-the-account"))
    assert find(place).key.reveal() == "of-the-account"


def test_a_command_in_the_workspace_is_never_run(place, tmp_path):
    trace = tmp_path / "ran"
    for name in ("segport.toml", "config.toml", ".segport/config.toml", "segport/config.toml"):
        path = place.root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"[key_commands]\nmain = ['touch', '{trace}']\n")
    with pytest.raises(KeyProblem):
        find(place)
    assert not trace.exists()


def test_a_failing_command_does_not_fall_through_to_another_key(place, tmp_path):
    key_file(place)
    configure(tmp_path, "[key_commands]\nmain = ['sh', '-c', 'echo no >&2; exit 3']\n")
    with pytest.raises(KeyProblem, match=r"sh\) failed with status 3"):
        find(place)
    configure(tmp_path, "[key_commands]\nmain = ['/nowhere/pass']\n")
    with pytest.raises(KeyProblem, match="cannot be run"):
        find(place)


def test_a_place_that_holds_nothing_is_named(place, tmp_path):
    with pytest.raises(KeyProblem, match=r"The environment variable SEGPORT_KEY_MAIN holds no key"):
        find(place, SEGPORT_KEY_MAIN=" ")
    configure(tmp_path, "[key_commands]\nmain = ['true']\n")
    told = r"The key command of this machine \(true\) holds no key: it is empty\."
    with pytest.raises(KeyProblem, match=told):
        find(place)


def test_a_command_does_not_see_keys_and_has_no_terminal(place, tmp_path):
    script = "import os; print('keys' if any('SEGPORT_KEY' in k for k in os.environ) else 'none')"
    configure(tmp_path, f"[key_commands]\nmain = [{sys.executable!r}, '-c', {script!r}]\n")
    assert find(place, SEGPORT_KEY_OTHER="x").key.reveal() == "none"


def test_a_command_that_takes_too_long_is_stopped(place, tmp_path, monkeypatch):
    monkeypatch.setattr("store.machine_command._PATIENCE", 0.2)
    configure(tmp_path, f"[key_commands]\nmain = ['sh', '-c', 'echo {VALUE}; exec sleep 30']\n")
    began = time.monotonic()
    with pytest.raises(KeyProblem, match="took over") as caught:
        find(place)
    assert time.monotonic() - began < 5
    assert VALUE not in "".join(traceback.format_exception(caught.value)).replace(
        f"echo {VALUE}", ""
    )


def test_commands_that_others_can_write_are_not_run(place, tmp_path):
    configure(tmp_path, printing("x")).chmod(0o666)
    with pytest.raises(ConfigurationError, match="not run"):
        find(place)


def test_a_mistake_in_the_machines_configuration_names_the_field(place, tmp_path):
    configure(tmp_path, "[key_commands]\nother = ['true']\nmain = 'pass show x'\n")
    told = r"config.toml, line 3, field key_commands.main: expected a list, got text\."
    with pytest.raises(ConfigurationError, match=told):
        find(place)


def test_no_configuration_means_no_commands(place):
    assert machine.load().key_commands == {}


# Keyrings.


KEYRING_SCRIPT = """
import os, sys, time
from store.keys import keyrings
began = time.monotonic()
try:
    print(keyrings.look_up("main", "https://a.example", os.environ))
except keyrings.Silent as why:
    print(str(why).replace(" ", "-"))
print("keyring" in sys.modules, time.monotonic() - began < float(sys.argv[1]))
"""


def ask_keyring(*, limit="0.05", before="", **entries):
    done = subprocess.run(
        [sys.executable, "-c", before + KEYRING_SCRIPT, limit],
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", **entries},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is always a keyring")
def test_without_a_session_the_keyring_is_not_even_loaded():
    assert ask_keyring() == ["None", "False", "True"]
    bus = "unix:path=/nonexistent"
    assert ask_keyring(DBUS_SESSION_BUS_ADDRESS=bus, SEGPORT_NO_KEYRING="1")[1] == "False"


def test_a_session_bus_that_does_not_answer_means_no_key_here():
    found, loaded, _ = ask_keyring(limit="9", DBUS_SESSION_BUS_ADDRESS="unix:path=/nonexistent")
    assert (found, loaded) == ("None", "True")


def test_a_keyring_that_is_no_real_one_is_not_asked():
    before = (
        "import keyring, keyring.backend\n"
        "class Plain(keyring.backend.KeyringBackend):\n"
        "    priority = 9\n"
        "    def get_password(self, service, user): return 'from-a-plain-file'\n"
        "    def set_password(self, *given): raise NotImplementedError\n"
        "keyring.set_keyring(Plain())\n"
    )
    bus = "unix:path=/nonexistent"
    assert ask_keyring(limit="9", before=before, DBUS_SESSION_BUS_ADDRESS=bus)[0] == "None"


def real_keyring(answer):
    """What a process does first so that a keyring of the session gives this answer."""
    return (
        "import time, keyring, keyring.backend, keyring.errors\n"
        "class Keyring(keyring.backend.KeyringBackend):\n"
        "    priority = 9\n"
        f"    def get_password(self, service, user): return {answer}\n"
        "    def set_password(self, *given): raise NotImplementedError\n"
        "Keyring.__module__ = 'keyring.backends.SecretService'\n"
        "keyring.set_keyring(Keyring())\n"
        "from store.keys import keyrings\n"
        "keyrings._PATIENCE = 1.0\n"
    )


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("'k-' + user", "k-main"),
        ("None", "None"),
        ("1 / 0", "fails-(ZeroDivisionError)"),
        ("time.sleep(60)", "does-not-answer-within-1-s"),
        ("exec('raise keyring.errors.KeyringLocked')", "is-locked"),
    ],
)
def test_a_real_keyring_is_asked_for_slug_and_origin_with_a_time_limit(answer, found):
    bus = "unix:path=/nonexistent"
    told = ask_keyring(limit="3", before=real_keyring(answer), DBUS_SESSION_BUS_ADDRESS=bus)
    assert told[0] == found
    assert told[-1] == "True"


def test_a_keyring_that_is_locked_is_named_where_no_key_is_found(workspace):
    script = (
        real_keyring("exec('raise keyring.errors.KeyringLocked')")
        + """
import sys
from pathlib import Path
from store import workspace
from store.errors import KeyProblem
from store.keys import secrets
place = workspace.open_workspace(Path(sys.argv[1]))
print(secrets.where_is_key(place, "main", "https://a.example"))
try:
    secrets.find_key(place, "main", "https://a.example")
except KeyProblem as error:
    print(error)
"""
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(workspace.root)],
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", "DBUS_SESSION_BUS_ADDRESS": "x"},
        capture_output=True, text=True, timeout=30, check=True,
    )  # fmt: skip
    where, told = done.stdout.splitlines()
    assert where == "None"
    assert "holds one; the keyring of the desktop session is locked. Unlock it, or give the" in told


def test_the_name_in_the_keyring_holds_the_origin():
    assert keyrings.user_name("main", ORIGIN) == f"main {ORIGIN}"


# The workspace's secret.


def test_the_workspaces_secret_is_made_once(place):
    secret = workspace_secret(place)
    assert len(secret) == 32
    assert workspace_secret(place) == secret
    path = place.secrets_folder / "workspace.secret"
    assert path.stat().st_mode & 0o777 == 0o600


def test_processes_that_make_it_at_once_agree(place):
    gate = place.root / "gate"
    script = (
        "import fcntl, pathlib, sys\n"
        "from store import workspace; from store.keys import secrets\n"
        "place = workspace.open_workspace(pathlib.Path(sys.argv[1]))\n"
        "fcntl.flock((place.root / 'gate').open(), fcntl.LOCK_SH)\n"
        "print(secrets.workspace_secret(place).hex())\n"
    )
    with gate.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        started = [
            subprocess.Popen(
                [sys.executable, "-c", script, str(place.root)], stdout=subprocess.PIPE, text=True
            )
            for _ in range(4)
        ]
        time.sleep(0.5)
    assert len({process.communicate(timeout=20)[0] for process in started}) == 1
    assert all(process.returncode == 0 for process in started)


def test_a_damaged_secret_is_said(place):
    workspace_secret(place)
    (place.secrets_folder / "workspace.secret").write_bytes(b"short")
    with pytest.raises(KeyProblem, match="damaged"):
        workspace_secret(place)
