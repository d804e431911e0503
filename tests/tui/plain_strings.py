"""Finds plain strings from outside on their way into widgets: what a screen shows goes through `tui.text`.

Looks at the source alone. An expression is ours if it is a constant, a call of what makes text safe or
of what writes numbers, or made of such; a name is, if all that it was given in its function is. What
has the type Content or Text was made by one of the doors that are looked at here.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

DOORS = {
    "Static", "Label", "Option", "Content", "Text", "Statement",
    "update", "notify", "styled", "assemble", "write_lines", "write_line", "add_column", "add_row",
}  # fmt: skip
# Of these only the first is shown; of the others every argument is.
ALL_SHOWN = {"assemble", "add_row"}
SAFE = {
    "safe", "safe_text", "safe_content", "safe_lines", "safe_lines_content",
    # Numbers, times and sizes: digits, signs and our own words.
    "number", "many", "percent", "size", "moment", "clock", "duration", "share", "took", "when", "asked_for", "short_number", "rows_words", "with_contacts", "how_many", "answered_for", "left_words", "milliseconds", "str_of_int",
    # What is put into a grid of Rich's goes through add_row.
    "grid",
    "len", "int", "float", "round", "min", "max", "sum", "abs", "bool", "strftime",
    # Keys as the app calls them, and words that are ours alone.
    "key", "keyed", "_keyed", "with_keys", "key_words", "state_text", "state_style",
}  # fmt: skip
NUMBERS = {
    "id", "run_id", "_run_id", "no", "attempt", "contacts", "rows", "width", "height", "size",
    "requests", "accepted", "rejected", "pending", "repeated", "waiting", "failed", "total", "rate",
    "under_way", "row_count", "state", "to_send", "status", "value", "plain", "arrow",
    # Of the type Content.
    "_content", "_head", "_news", "_drawn", "content",
}  # fmt: skip
RICH = {"Content", "Text"}


class Module:
    """One file, and which of its functions give text that is ours."""

    def __init__(self, path: Path, rich: set[str], own: set[str]) -> None:
        self.path = path
        self.tree = ast.parse(path.read_text(encoding="utf-8"))
        self.rich, self.own = rich, own
        self.constants = {
            target.id
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Assign | ast.AnnAssign)
            for target in ([node.target] if isinstance(node, ast.AnnAssign) else node.targets)
            if isinstance(target, ast.Name) and target.id.isupper()
        }
        self.functions = {
            node.name: node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef)
        }
        self._judged: dict[str, bool] = {}
        self.stranger: ast.expr | None = None

    def strangers(self) -> Iterator[str]:
        """Where something is shown that is not known to be ours."""
        for function in ast.walk(self.tree):
            if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            for call in own_nodes(function):
                if not isinstance(call, ast.Call):
                    continue
                door = name_of(call.func)
                if door not in DOORS or (door == "update" and not self._is_widget(call)):
                    continue
                shown = call.args if door in ALL_SHOWN else call.args[:1]
                for each in shown:
                    self.stranger = None
                    if not self.ours(each, function):
                        what = self.stranger or each
                        yield f"{self.path.name}:{what.lineno} {ast.unparse(what)[:60]} in {door}"

    def ours(self, node: ast.expr | None, function: ast.AST, seen: tuple[str, ...] = ()) -> bool:
        """Whether nothing in it can be somebody else's; if not, `stranger` is what may be."""
        before = self.stranger
        found = self._ours(node, function, seen)
        if not found and self.stranger is before:
            self.stranger = node
        return found

    def _ours(self, node: ast.expr | None, function: ast.AST, seen: tuple[str, ...]) -> bool:
        match node:
            case None | ast.Constant():
                return True
            case ast.JoinedStr():
                return all(self.ours(each, function, seen) for each in node.values)
            case ast.FormattedValue():
                # A format that only numbers and dates take.
                spec = ast.unparse(node.format_spec)[2:-1] if node.format_spec else ""
                numeric = "%" in spec or spec[-1:] in {"g", "d", "f"}
                return numeric or self.ours(node.value, function, seen)
            case ast.Tuple() | ast.List():
                return all(self.ours(each, function, seen) for each in node.elts[:1]) or all(
                    self.ours(each, function, seen) for each in node.elts
                )
            case ast.Dict():
                return all(self.ours(each, function, seen) for each in node.values)
            case ast.Starred():
                return self.ours(node.value, function, seen)
            case ast.BinOp():
                return self.ours(node.left, function, seen) and self.ours(
                    node.right, function, seen
                )
            case ast.BoolOp():
                return all(self.ours(each, function, seen) for each in node.values)
            case ast.Compare():
                return True
            case ast.IfExp():
                return self.ours(node.body, function, seen) and self.ours(
                    node.orelse, function, seen
                )
            case ast.ListComp() | ast.GeneratorExp():
                return self.ours(node.elt, function, seen)
            case ast.Call():
                return self._call(node, function, seen)
            case ast.Attribute():
                return node.attr in NUMBERS or node.attr.isupper()
            case ast.Subscript():
                return self.ours(node.value, function, seen)
            case ast.Name():
                return (
                    node.id in self.constants
                    or node.id.isupper()
                    or self._name(node.id, function, seen)
                )
            case ast.NamedExpr():
                return self.ours(node.value, function, seen)
            case _:
                return False

    def _call(self, node: ast.Call, function: ast.AST, seen: tuple[str, ...]) -> bool:
        name = name_of(node.func)
        if name in SAFE or name in self.rich or name in self.own or name in RICH:
            return True
        if name in {"styled", "assemble", "join", "blank"}:
            return all(self.ours(each, function, seen) for each in node.args)
        if name == "Group":
            return all(self.ours(each, function, seen) for each in node.args)
        if name in {"pop", "get"} and isinstance(node.func, ast.Attribute):
            return self.ours(node.func.value, function, seen) and all(
                self.ours(each, function, seen) for each in node.args[1:]
            )
        if name in {"strip", "rstrip", "replace", "capitalize"} and isinstance(
            node.func, ast.Attribute
        ):
            return self.ours(node.func.value, function, seen) and all(
                self.ours(each, function, seen) for each in node.args
            )
        return name in self.functions and self._gives_ours(name)

    def _gives_ours(self, name: str) -> bool:
        if name not in self._judged:
            self._judged[name] = True  # what calls itself is judged by the rest
            function = self.functions[name]
            returned = [each.value for each in own_nodes(function) if isinstance(each, ast.Return)]
            self._judged[name] = bool(returned) and all(
                self.ours(each, function) for each in returned
            )
        return self._judged[name]

    def _name(self, name: str, function: ast.AST, seen: tuple[str, ...]) -> bool:
        if name in seen:
            return True
        for argument in ast.walk(function):
            if isinstance(argument, ast.arg) and argument.arg == name:
                return annotation(argument) in RICH | {"int", "float", "date"}
        given = list(assigned(name, function))
        return bool(given) and all(self.ours(each, function, (*seen, name)) for each in given)

    def _is_widget(self, call: ast.Call) -> bool:
        """`.update(...)` of a widget, not of a dict: it is given one text.

        What overrides it passes on what its callers are held to.
        """
        if ast.unparse(call.func) == "super().update":
            return False
        return len(call.args) == 1 and not isinstance(call.args[0], ast.Dict)


def own_nodes(function: ast.AST) -> Iterator[ast.AST]:
    """What stands in a function, without the functions inside it."""
    waiting = list(ast.iter_child_nodes(function))
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            waiting += ast.iter_child_nodes(node)


def assigned(name: str, function: ast.AST) -> Iterator[ast.expr | None]:
    """Everything that a name is given in a function: by =, +=, append, a loop."""
    for node in ast.walk(function):
        match node:
            case ast.Assign():
                for target in node.targets:
                    if isinstance(target, ast.Name) and target.id == name:
                        yield node.value
                    elif isinstance(target, ast.Tuple):
                        names = [each.id for each in target.elts if isinstance(each, ast.Name)]
                        if name in names:
                            parts = getattr(node.value, "elts", None)
                            yield parts[names.index(name)] if parts else node.value
            case (
                ast.AnnAssign(target=ast.Name(id=found)) | ast.AugAssign(target=ast.Name(id=found))
            ):
                if found == name:
                    yield node.value
            case ast.NamedExpr(target=ast.Name(id=found)):
                if found == name:
                    yield node.value
            case ast.Call(func=ast.Attribute(value=ast.Name(id=found), attr="append" | "insert")):
                if found == name:
                    yield node.args[-1]
            case ast.For(target=target) | ast.comprehension(target=target):
                if any(isinstance(e, ast.Name) and e.id == name for e in ast.walk(target)):
                    yield node.iter


def name_of(node: ast.expr) -> str:
    """The last part of what is called."""
    return getattr(node, "id", getattr(node, "attr", ""))


def annotation(node: ast.arg) -> str:
    return ast.unparse(node.annotation) if node.annotation is not None else ""


def strangers(root: Path) -> list[str]:
    """Everything shown by the screens and widgets below `root` that is not known to be ours."""
    files = [path for path in sorted(root.rglob("*.py")) if not {"cli", "gate.py"} & {*path.parts}]
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in files]
    rich = {
        node.name
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        and node.returns is not None
        and ast.unparse(node.returns) in RICH
    }
    found = []
    for path in files:
        found += Module(path, rich, set()).strangers()
    return found


if __name__ == "__main__":
    print("\n".join(strangers(Path(__file__).parents[2] / "tui")))
