"""Paths that an operator names: anywhere for who has a shell here, nowhere behind the gate."""

from __future__ import annotations

import os
from typing import Any

import click

from store.errors import NotPermitted
from store.people import operators


class HostPath(click.Path):
    """A path on this host. Behind the gate only `-` is one: standard input or output."""

    def convert(
        self,
        value: str | os.PathLike[str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Any:  # noqa: ANN401 - as click has it
        """The path, or a refusal."""
        if operators.gated() and str(value) != "-":
            raise NotPermitted(
                "Through the gate no file or folder of this host can be named.",
                "Where a command takes -, it reads your input or writes to your screen.",
            )
        return super().convert(value, param, ctx)
