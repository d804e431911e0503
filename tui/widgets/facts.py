"""Lines of a name and what it is, in two columns."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tui.text import safe
from tui.widgets.static import Static

# A line is (name, value) or (name, value, style); a name alone is a heading.
Fact = tuple[str, ...]


def facts_content(facts: Sequence[Fact], width: int = 16) -> Content:
    """The lines, each value safe."""
    parts: list[Content | str | tuple[str, str]] = []
    for fact in facts:
        name, value, style = (*fact, "", "")[:3]
        if len(fact) == 1:
            parts.append((safe(name), "bold"))
        else:
            parts += [f"{safe(name):<{width}} ", (safe(value), style) if style else safe(value)]
        parts.append("\n")
    return Content.assemble(*parts[:-1])


class Facts(Static):
    """Repaints only when something is another than before."""

    def __init__(self, classes: str = "") -> None:
        super().__init__("", classes=classes, markup=False)
        self._told: Content | None = None

    def tell(self, content: Content) -> None:
        """Show this."""
        if content != self._told:
            self._told = content
            self.update(content)
