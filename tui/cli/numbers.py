"""Whole numbers as history and data can hold them: a greater one names nothing there."""

from __future__ import annotations

from typing import Final

import click

GREATEST: Final = 2**63 - 1

NUMBER: Final = click.IntRange(1, GREATEST)
FROM_ZERO: Final = click.IntRange(0, GREATEST)
