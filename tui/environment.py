"""What a variable that happens to be inherited may not do to a program that shows customers.

Some variables load code, write down what is on screen or what encrypts a connection, or press keys.
Those that are read after Segport has started are taken away; the others did their work before, and
`segport doctor` names them. A run is started without any of them.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Final

# What an operator may set for their own terminal; all else of Textual's is taken away.
_SANE: Final = frozenset(
    {
        "TEXTUAL_ANIMATIONS",
        "TEXTUAL_COLOR_SYSTEM",
        "TEXTUAL_DISABLE_KITTY_KEY",
        "TEXTUAL_FPS",
        "TEXTUAL_SMOOTH_SCROLL",
    }
)
# SSLKEYLOGFILE: Python writes into it what decrypts every connection. The keyring's: they import a
# module of any name, and set anything of it.
_TAKEN: Final = re.compile(r"TEXTUAL.*|SSLKEYLOGFILE|PYTHON_KEYRING_BACKEND|KEYRING_PROPERTY_.*")
# The loader's and OpenSSL's.
_LOADERS: Final = re.compile(
    r"LD_(PRELOAD|AUDIT|LIBRARY_PATH)|OPENSSL_(CONF|MODULES|ENGINES)|GCONV_PATH"
)
# Python's own, which `python -I` does not obey.
_PYTHONS: Final = re.compile(
    r"PYTHON(PATH|HOME|PLATLIBDIR|USERBASE|WARNINGS|INSPECT|PYCACHEPREFIX|EXECUTABLE)"
)


def disarm(environ: MutableMapping[str, str]) -> None:
    """Take away what can still be taken away."""
    for name in [name for name in environ if _TAKEN.fullmatch(name) and name not in _SANE]:
        del environ[name]


def decides_code(environ: Mapping[str, str]) -> list[str]:
    """The variables that had a say in which code runs in this process."""
    obeyed = [_LOADERS] if sys.flags.ignore_environment else [_LOADERS, _PYTHONS]
    return sorted(
        name for name, value in environ.items() if value and any(e.fullmatch(name) for e in obeyed)
    )
