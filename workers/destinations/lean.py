"""What `httpx` and its engine look for in vain, said once instead of each time.

Import this before `httpx`. Without it, every request looks through the import path four times for
`sniffio`, which nothing installs any more (a tenth of a request's cost), and every process that
imports `httpx` loads the parts of its command line (rich, pygments; a tenth of a second).
"""

from __future__ import annotations

import sys
from importlib.util import find_spec

if "sniffio" not in sys.modules and find_spec("sniffio") is None:
    # None is Python's own way to note that a module is not there. All there is then is asyncio.
    sys.modules["sniffio"] = None  # type: ignore[assignment]

if "httpx" not in sys.modules:
    # httpx does without its command line where rich is not installed; so it does here.
    sys.modules["httpx._main"] = None  # type: ignore[assignment]
