"""The desktop session's keyring, asked carefully.

`keyring` picks whatever is installed, and some of that writes plain text or asks on the terminal.
So only real keyrings count, and each question has a time limit, since it may wait for a dialog
that nobody sees.
"""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE: Final = "segport"
SWITCH: Final = "SEGPORT_NO_KEYRING"
_PATIENCE: Final = 5.0
_REAL: Final = (
    "keyring.backends.SecretService",
    "keyring.backends.libsecret",
    "keyring.backends.kwallet",
    "keyring.backends.macOS",
    "keyring.backends.Windows",
)


def user_name(slug: str, origin: str) -> str:
    """Under which name the keyring holds a connection's key; another origin is another key."""
    return f"{slug} {origin}"


class Silent(Exception):
    """There is a keyring, and it does not say whether it holds the key; the text says why not."""


def look_up(slug: str, origin: str, environ: Mapping[str, str]) -> str | None:
    """The key text in the session's keyring; None if there is none, or no keyring.

    Raises:
        Silent: it is locked, or does not answer.
    """
    if not _can_be_here(environ):
        return None
    answers: queue.SimpleQueue[str | Silent | None] = queue.SimpleQueue()

    def ask() -> None:
        answers.put(_ask(user_name(slug, origin)))

    # A daemon: a keyring that never answers must not keep the process from ending.
    threading.Thread(target=ask, name="keyring", daemon=True).start()
    try:
        answer = answers.get(timeout=_PATIENCE)
    except queue.Empty:
        raise Silent(f"does not answer within {_PATIENCE:g} s") from None
    if isinstance(answer, Silent):
        raise answer
    return answer


def _can_be_here(environ: Mapping[str, str]) -> bool:
    """Whether it is worth the tenth of a second that `keyring` takes to load."""
    if environ.get(SWITCH):
        return False
    return sys.platform in ("darwin", "win32") or bool(environ.get("DBUS_SESSION_BUS_ADDRESS"))


def _ask(user: str) -> str | Silent | None:
    from keyring.errors import KeyringLocked

    try:
        for backend in _real_backends():
            found = backend.get_password(SERVICE, user)
            if found:
                return found
    except KeyringLocked:
        return Silent("is locked")
    except Exception as error:  # noqa: BLE001 - backends raise anything, and none of it is ours to solve
        return Silent(f"fails ({type(error).__name__})")
    return None


def _real_backends() -> list[KeyringBackend]:
    import keyring
    from keyring.backends.chainer import ChainerBackend

    backend = keyring.get_keyring()
    chained = list(backend.backends) if isinstance(backend, ChainerBackend) else [backend]
    return [each for each in chained if type(each).__module__ in _REAL]
