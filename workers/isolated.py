"""How Segport starts itself as another process: no variable and no current folder decides what runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

# -I leaves out PYTHON* variables, the user's own packages and the current folder. The one folder that
# is added is the one that this very code lies in. To look for garbage while modules are imported takes
# an eighth of the start.
_ROOT: Final = Path(__file__).resolve().parents[1]
_BOOT: Final = (
    "import gc, runpy, sys; gc.set_threshold(50_000); sys.path.insert(0, sys.argv.pop(1)); "
    "runpy.run_module(sys.argv.pop(1), run_name='__main__', alter_sys=True)"
)


def command(module: str, *arguments: str) -> list[str]:
    """The command line that runs one of our modules."""
    return [sys.executable, "-I", "-c", _BOOT, str(_ROOT), module, *arguments]


def be_discreet() -> None:
    """No core file, and no look into this process's memory by others of the same account."""
    import ctypes
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        pr_set_dumpable = 4
        ctypes.CDLL(None).prctl(pr_set_dumpable, 0, 0, 0, 0)
