"""How this operator wants the app: colours, mouse and keys, from the machine's configuration.

A mistake in that file is told once the app is there, and costs nothing but the setting.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from store import machine
from store.errors import ConfigurationError, SegportError
from store.people import operators, tastes

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from store.workspace import Workspace

# Ours first: they say what they are for. The others are Textual's own.
THEMES: Final = {
    "dark": "textual-dark",
    "light": "textual-light",
    "dark-16": "ansi-dark",
    "light-16": "ansi-light",
}
_TRUECOLOR: Final = frozenset({"truecolor", "24bit"})
# The colours that `COLORFGBG` calls a light background.
_LIGHT: Final = frozenset({"7", "15"})


@dataclass(frozen=True, slots=True)
class Preferences:
    """What was asked for.

    Attributes:
        theme: a name for Textual; None for its own choice.
        mouse: whether the app takes the mouse.
        keys: keys by the id of their binding.
        wrong: why the configuration could not be read.
    """

    theme: str | None = None
    mouse: bool = True
    keys: Mapping[str, str] = field(default_factory=dict)
    wrong: SegportError | None = None

    def complaint(self, themes: Collection[str]) -> SegportError | None:
        """What could not be done as asked, in one sentence; None if all is well.

        Args:
            themes: those that there are.
        """
        if self.wrong is not None:
            return self.wrong
        told = []
        if self.theme is not None and self.theme not in themes:
            told.append(f"there is no theme {self.theme}")
        if self.keys:
            # Every screen is imported for this, so only those who change keys wait for it.
            from tui.keymap import complaints

            told += complaints(self.keys)
        if not told:
            return None
        return ConfigurationError(
            f"In your {machine.FILE}: {'; '.join(told)}.",
            "`segport keys` lists the actions, ctrl+t the themes.",
        )


def preferences(environ: Mapping[str, str], workspace: Workspace | None = None) -> Preferences:
    """Read the machine's configuration; what the environment says wins over it.

    Behind the gate that configuration is everybody's, and what the operator chose wins over it.
    """
    wrong = None
    try:
        found = machine.load()
    except SegportError as error:
        found, wrong = machine.Machine(), error
    theme = environ.get("TEXTUAL_THEME") or _own(workspace) or found.theme or _by_terminal(environ)
    return Preferences(
        THEMES.get(theme, theme) if theme else None,
        found.mouse is not False,
        found.keymap,
        wrong,
    )


def _own(workspace: Workspace | None) -> str | None:
    """What the operator behind the gate chose."""
    who = operators.identity()
    if workspace is None or not who.gated:
        return None
    return tastes.load(workspace, who.name).theme


def _by_terminal(environ: Mapping[str, str]) -> str | None:
    """The terminal's own sixteen colours: half the bytes, and readable on every background."""
    light = environ.get("COLORFGBG", "").rpartition(";")[2] in _LIGHT
    if environ.get("COLORTERM", "").lower() not in _TRUECOLOR or "NO_COLOR" in environ:
        return "light-16" if light else "dark-16"
    return "light" if light else None
