"""Parts of an export as they are typed, and tables for a spreadsheet."""

from __future__ import annotations

import csv
import io
import stat
from pathlib import Path

import pytest

from store.errors import UsageError
from store.exports import CustomField, Guards, SegmentChoice
from tui import spreadsheet
from tui.cli import export_words as words


def test_a_segment_may_name_its_list_and_hold_an_equals_sign():
    found = words.segments(
        ["vip", "a=b", "old=Old Friends"], ["vip=Best"], [], ["vip", "a=b", "old"]
    )
    assert found == [
        SegmentChoice("vip", "Best"),
        SegmentChoice("a=b"),
        SegmentChoice("old", "Old Friends"),
    ]
    assert words.segments(["a=b=List"], [], [], ["a=b"]) == [SegmentChoice("a=b", "List")]


@pytest.mark.parametrize(("chosen", "lists"), [(["a", "a"], []), (["a"], ["b=Title"])])
def test_a_segment_named_twice_or_not_at_all_is_refused(chosen, lists):
    with pytest.raises(UsageError):
        words.segments(chosen, lists, [], ["a", "b"])


def test_fields_are_added_changed_and_taken_out():
    now = {"Email": "email", "Phone": "tel"}
    assert words.fields(["Email=mail", "Phone=", "Title=x=y"], now) == {
        "Email": "mail",
        "Title": "x=y",
    }
    for text in ("Email", "=x", "Fax="):
        with pytest.raises(UsageError):
            words.fields([text], now)


def test_custom_fields_have_a_type_or_are_text():
    assert words.custom(["NPS Rating:integer=nps", "Ratio 1:2=ratio"]) == {
        "NPS Rating": CustomField("nps", "integer"),
        "Ratio 1:2": CustomField("ratio", "string"),
    }
    with pytest.raises(UsageError):
        words.custom(["NPS"])
    with pytest.raises(UsageError, match="interger is not a type"):
        words.custom(["NPS:interger=nps"])


def test_guards_are_numbers_or_off():
    assert words.guards(["adds=1000", "excluded-percent=5%", "leavers=0"]) == Guards(
        excluded_percent=5, adds=1000, leavers=0
    )
    assert words.guards(["adds=off"], Guards(adds=3, changes=2)) == Guards(changes=2)
    for text in ("adds", "adds=some", "adds=-1", "nonsense=1"):
        with pytest.raises(UsageError):
            words.guards([text])


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_value_acts_as_a_formula(start, tmp_path):
    path = tmp_path / "people.csv"
    spreadsheet.write(path, ("segment", "row", "words"), [("vip", 1, f"{start}cmd|'/C calc'!A0")])
    with path.open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [
            ["segment", "row", "words"],
            ["vip", "1", f"'{start}cmd|'/C calc'!A0"],
        ]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("between", [";", "\n", "\t", "\r"])
def test_no_part_of_a_value_acts_as_a_formula_where_others_separate(between):
    """A spreadsheet may separate by semicolons, whatever the file is separated by."""
    assert spreadsheet.neutral(f"a{between}=1+1") == f"a{between}'=1+1"
    assert spreadsheet.neutral(f"a{between}b=1") == f"a{between}b=1"


def test_a_table_on_a_terminal_acts_on_nothing(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    spreadsheet.write(Path("-"), ("a\x1b[2J",), [("\x1b]52;c;x\x07\u202e",)])
    assert not set("\x1b\x07\u202e") & set(capsys.readouterr().out)


def test_a_file_that_is_there_is_left_alone(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("mine")
    with pytest.raises(UsageError):
        spreadsheet.write(path, ("a",), [])
    assert path.read_text() == "mine"


def test_a_table_can_go_to_standard_output(capsys):
    spreadsheet.write(Path("-"), ("a", "b"), [(None, 1)])
    assert list(csv.reader(io.StringIO(capsys.readouterr().out))) == [["a", "b"], ["", "1"]]
