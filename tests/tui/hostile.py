"""A house in which everything that is not ours is an attack on the terminal, and what finds one.

`house` puts escape sequences, C1 controls, bidirectional and zero width marks and markup into every
name and value that others can choose. `strangers` reads what went to a terminal, byte by byte, and
names everything in it that Textual does not send by itself.
"""

from __future__ import annotations

import getpass
import json
import re

from tests.conftest import Bench

# Short, since a narrow column shows only the beginning of a value: concealed text, a C1 that clears
# the screen, a mark that turns the line round, one that nobody sees, and markup that does not close.
TEETH = "\x1b[8;53m\x9b2J\u202e\u200b[/b]"
# What a terminal makes of it, where there is room: its clipboard written, a link, its title, a reset.
CLAWS = (
    "\x1b]52;c;aGVsbG8=\x07\x1b]8;;http://x.example\x1b\\q\x1b]2;t\x07\x1bc\x1b[999;1H\x9d0;t\x9c"
    "\x85\x07\x08\x7f\u2066\ufeff[@click=app.quit]w[/][link=file:///etc/passwd]v[/link]"
)
# As safe text shows the first letters of them; in the name of a file no / can follow.
SHOWN = "␛[8;53m\ufffd2J\ufffd\ufffd["
EVIL = TEETH + CLAWS

# What Textual's driver and compositor write; and no more of each than they do.
_OURS = re.compile(
    rb"\x1b\[(?:"
    rb"(?:0|1|2|3|4|7|9|22|23|24|27|29|39|49|3[0-7]|4[0-7]|9[0-7]|10[0-7]|38;5;\d+|48;5;\d+"
    rb"|38;2;\d+;\d+;\d+|48;2;\d+;\d+;\d+|;)*m"
    rb"|(?P<row>\d+);(?P<column>\d+)H"
    rb"|\?(?:1049|1000|1003|1004|1006|1015|1016|2004|2026|2031|2048|25|7)[hl]"
    rb"|\?(?:2026|2048|1016)\$p"
    rb"|[>=<]\d*u"
    rb"|\d+G|K|6n|14t|16t|H"
    rb")|\x1b[78]|\x1b\]22;[a-z-]*\x07"
)
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)


def strangers(told: bytes, height: int = 0, width: int = 0) -> list[str]:
    """Sequences and characters that no one but an attacker would send, with what stands around.

    Args:
        told: everything that was written to the terminal.
        height: of the terminal; nothing may move the cursor beyond it. 0 is for commands, which set
            attributes and clear the rest of a line, and nothing else.
        width: the same.
    """
    found, place = [], 0
    plain = []
    while (escape := told.find(b"\x1b", place)) >= 0:
        plain.append(told[place:escape])
        known = _OURS.match(told, escape)
        if known is None or not _on_screen(known, height, width):
            found.append(repr(told[max(0, escape - 40) : escape + 40]))
            place = escape + 1
        else:
            place = known.end()
    plain.append(told[place:])
    text = b"".join(plain).decode("utf-8", "surrogateescape")
    return found + [
        repr(text[max(0, stranger.start() - 20) : stranger.end() + 20])
        for stranger in _UNSAFE.finditer(text.replace("\r", ""))
    ]


def _on_screen(known: re.Match[bytes], height: int, width: int) -> bool:
    if known["row"] is None:
        return bool(height) or known[0].endswith((b"m", b"K"))
    return int(known["row"]) <= height and int(known["column"]) <= width


def plain(told: bytes) -> str:
    """What was written, without attributes and movements."""
    return _OURS.sub(b"", told).decode("utf-8", "replace")


def make(bench: Bench, monkeypatch) -> None:
    """Fill a house: runs of every kind, alerts, audit, broken files; each with an evil name."""
    from store.exports import Guards
    from store.people import operators
    from workers.actions.desk import sit_down

    segments = bench.workspace.segments_folder
    column = f"{TEETH}c{CLAWS}".replace("@", "")  # a header with one is taken for data
    rows = [
        {"email": f"p{n}@example.com", "name": f"{EVIL}{n}", column: f"{TEETH}{n}"}
        for n in range(3)
    ]
    rows.append({"email": f"{EVIL} no address", "name": "x", column: TEETH})
    bench.csv("vip", rows)
    segment = f"{TEETH}seg".replace("/", "\u2215")
    (segments / f"{segment}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (segments / f"{segment}zz.xlsx").write_text("")
    (segments / f"{segment}sql.sql").write_text(f'select "{column}x" from vip')
    (bench.workspace.data / f"suppressed.{segment}.csv").write_text("email\np0@example.com\n")
    with monkeypatch.context() as patch:
        # Another operator, whose account is called so.
        patch.setattr(operators, "_account", lambda: operators.Identity(f"{TEETH}eve"))
        bench.desk = sit_down(bench.workspace, "command line")
        bench.connect()
        rename(bench.workspace.connections_folder / "acme.toml", "Acme")
        bench.export(
            ("vip", f"{TEETH}list"), segment,
            fields={"Email": "email", "FirstName": "name", "Company": column},
            guards=Guards(excluded_percent="off"),
        )  # fmt: skip
        rename(bench.workspace.exports_folder / "weekly.toml", "Weekly")
        bench.sandbox.set_faults(
            {"action": "poison", "pattern": "^p1@", "message": f"{EVIL} no birds"}
        )
        assert bench.run().state == "completed with rejects"
        bench.sandbox.set_faults(
            {"action": "status", "status": 401, "message": EVIL, "match": "POST *"}
        )
        assert bench.run(full=True).state == "failed"
        bench.sandbox.set_faults()
        settings = bench.workspace.exports_folder / "weekly.toml"
        settings.write_text(settings.read_text().replace('"off"', "0", 1))
        assert bench.run(full=True).state == "needs approval"
    text = bench.workspace.settings_path.read_text(encoding="utf-8")
    text = text.replace(
        "administrators = []", f"administrators = {json.dumps([getpass.getuser()])}"
    )
    text = text.replace("viewers = []", f"viewers = {json.dumps([TEETH + 'eve', '@' + EVIL])}")
    bench.workspace.settings_path.write_text(text, encoding="utf-8")
    bench.desk = sit_down(bench.workspace, "command line")
    for folder in (bench.workspace.connections_folder, bench.workspace.exports_folder):
        (folder / f"{segment}.toml").write_text(f'name = "x"\n{json.dumps(TEETH)} = 1\n')


def rename(path, name: str) -> None:
    """By hand: the app and the command line take no such name."""
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(json.dumps(name), json.dumps(TEETH + name)), encoding="utf-8")
    assert json.dumps(TEETH)[1:-1] in path.read_text(encoding="utf-8")
