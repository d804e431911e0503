"""The version, as a constant: asking the installed package for it costs a third of the start."""

from __future__ import annotations

VERSION = "0.1.0"
