"""What `httpx` looks for in vain, said once: its command line.

Import this before `httpx`. Without it, every process that imports `httpx` loads the parts of its
command line (rich, pygments; a tenth of a second).
"""

from __future__ import annotations

import sys

if "httpx" not in sys.modules:
    # httpx does without its command line where rich is not installed; so it does here. None is Python's
    # own way to note that a module is not there.
    sys.modules["httpx._main"] = None  # type: ignore[assignment]
