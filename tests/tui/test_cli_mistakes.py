"""What people get wrong with their files, and what they are told: the truth, and what to do."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys

import pytest

from tests import commands
from tests.forking import ROOT

MATCHING = ("--field", "Email=email", "--field", "FirstName=name")


def test_a_column_that_is_not_there_is_answered_with_those_that_are(bench, segport):
    bench.csv("good", [{"email": "a@example.com", "name": "A", "first_name": "A"}])
    bench.connect()
    add = ("export", "add", "Q", "--connection", "acme", "--segment", "good")
    told = segport(*add, "--field", "Email=nope", code=2)
    assert told.endswith("It has: email, name, first_name.\n")
    told = segport(*add, "--field", "Email=emial", code=2)
    assert told.endswith("Did you mean email?\n")

    wide = {f"column {n}": n for n in range(40)}
    bench.csv("wide", [wide])
    told = segport(*add[:-1], "wide", "--field", "Email=xyz", code=2)
    assert "column 0, column 1, " in told
    assert told.endswith(" and 28 more.\n")


def test_an_empty_segment_ends_a_run_as_it_ends_a_plan(bench, segport):
    bench.connect()
    (bench.workspace.segments_folder / "vip.csv").write_text("email,name\n")
    bench.export("vip")
    words = 'The segment "vip" has no rows'
    for command in (
        ("export", "plan", "weekly"),
        ("export", "run", "weekly"),
        ("run", "watch", "1"),
    ):
        assert words in segport(*command, code=2)
    assert segport.told("run", "show", "1")["state"] == "failed"
    # What came to nothing for another reason is a failure, as before.
    bench.people("vip", range(3))
    bench.sandbox.set_faults({"match": "POST /v1/contacts", "action": "status", "status": 401})
    segport("export", "run", "weekly", code=1)


@pytest.mark.sampled(5)
@pytest.mark.parametrize(
    "command",
    ["export plan weekly", "export preview weekly", "segment show gone", "connection show gone",
     "run show 7"],
)  # fmt: skip
def test_what_fails_says_so_beside_json_and_prints_none(bench, command):
    bench.ready(3)
    (bench.workspace.segments_folder / "vip.csv").unlink()
    done = commands.segport("-w", str(bench.workspace.root), *command.split(), "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(r"segport: .+\n", done.stderr)


def test_what_cannot_be_read_further_down_in_a_file_is_noted_when_an_export_is_saved(
    bench, segport
):
    bench.connect()
    lines = "".join(f"p{n}@example.com,N\n" for n in range(60_000))
    path = bench.workspace.segments_folder / "vip.csv"
    path.write_text(f'email,name\n{lines}"open,N\nq@example.com,N\n')
    add = ("export", "add", "Weekly", "--connection", "acme", "--segment", "vip", *MATCHING)
    told = segport(*add)
    wrong = 'note: It cannot run as things are: The segment "vip" has a quote in line 60002'
    assert wrong in told
    assert wrong in segport("export", "edit", "weekly", "--guard", "adds=9")
    path.write_text(f"email,name\n{lines}")
    assert "cannot run" not in segport("export", "edit", "weekly", "--guard", "adds=8")


@pytest.mark.slow
def test_a_copied_export_takes_over_nothing(bench, segport):
    slug = bench.ready(3)
    run = bench.run(slug)
    before = len(bench.sent())
    exports = bench.workspace.exports_folder
    shutil.copy(exports / "weekly.toml", exports / "copy.toml")

    for command in (("run", "copy"), ("run", slug), ("plan", "copy"), ("run", "Weekly"),
                    ("remove", "copy", "--yes"), ("show", slug), ("pause", "copy")):  # fmt: skip
        told = segport("export", *command, code=2)
        assert "exports/copy.toml and exports/weekly.toml have the same id" in told
    assert "segport export duplicate" in told
    assert len(bench.sent()) == before
    copied, weekly = segport.told("export", "list")
    assert "same id" in copied["broken"]
    assert "same id" in weekly["broken"]
    # What ran is known by the file's name; the copy has done nothing.
    assert (copied["last"], weekly["last"]["id"]) == (None, run.id)
    assert f" {run.id} " in f" {segport('run', 'list', '--export', 'Weekly')} "
    assert "same id" in segport("run", "retry", str(run.id), code=2)

    # The id that is proposed makes an export of its own of the copy.
    line = re.search(r'id = "\w+"', told)[0]
    text = re.sub(r'^id = ".*"$', line, (exports / "copy.toml").read_text(), flags=re.MULTILINE)
    (exports / "copy.toml").write_text(text.replace('"Weekly"', '"Second"'))
    assert bench.plan("copy").to_send == 3
    assert bench.plan(slug).to_send == 0


def test_what_is_broken_is_said_to_be_so_by_whatever_name_it_is_asked_for(bench, segport):
    bench.connect("Acme Ltd")
    bench.people("vip", range(3))
    bench.export("vip", name="Weekly VIP", connection="acme-ltd")
    root = bench.workspace.root
    for path in (root / "exports" / "weekly-vip.toml", root / "connections" / "acme-ltd.toml"):
        with path.open("a") as file:
            file.write("= broken\n")
    for name in ("weekly-vip", "Weekly VIP", "weekly vip"):
        told = segport("export", "plan", name, code=2)
        assert "exports/weekly-vip.toml, line " in told
    for name in ("acme-ltd", "Acme Ltd"):
        assert "connections/acme-ltd.toml, line " in segport("connection", "test", name, code=2)
    assert "There is no export Other. There are: weekly-vip." in segport(
        "export", "plan", "Other", code=2
    )


def test_the_longest_names_of_any_script_do_all_of_their_work(bench, segport):
    name = "顧客🙂" * 66 + "é"
    bench.connect(name)
    bench.people("vip", range(3))
    bench.export("vip", name=name, connection=name)
    segport("connection", "test", name)
    segport("export", "run", name)
    assert len(bench.sandbox.contacts()) == 3
    (shown,) = segport.told("export", "list")
    assert shown["name"] == name


def test_no_rate_or_name_of_a_connection_is_answered_with_a_crash(bench, segport):
    bench.ready(3)
    path = bench.workspace.connections_folder / "acme.toml"
    before = path.read_text()
    rate = "A connection sends more than 0 and at most 100,000 requests a second. 4 is usual."
    name = "A connection needs a plain name, without / or control characters. 200 letters are"
    for option, value, words in (
        ("--rate", "nan", rate),
        ("--rate", "inf", rate),
        ("--rate", "1e9", rate),
        ("--name", "x" * 300, name),
        ("--name", "", "The connection has no name."),
    ):
        assert words in segport("connection", "edit", "acme", option, value, code=2)
    assert path.read_text() == before
    add = ("-", "--agree", "--base-url", bench.sandbox.base_url)
    for value in ("nan", "inf"):
        bench.sandbox.forget()
        told = segport(
            "connection", "add", "New", "--rate", value, "--key-file", *add, code=2, typed="k" * 32
        )
        assert rate in told
        assert bench.sandbox.requests() == []
    key = bench.sandbox.key
    for wrong in ("x" * 300, ""):
        told = segport("connection", "add", "--key-file", *add, "--", wrong, code=2, typed=key)
        assert "Expected" not in told


def test_the_last_run_of_a_broken_export_is_not_forgotten(bench, segport):
    bench.ready(3)
    bench.export("vip", name="Other")
    run = bench.run()
    for name in ("weekly", "other"):
        with (bench.workspace.exports_folder / f"{name}.toml").open("a") as file:
            file.write("= broken\n")
    other, weekly = segport.told("export", "list")
    assert weekly["broken"]
    assert weekly["last"]["id"] == run.id
    assert other["last"] is None
    told = segport("export", "list")
    assert re.search(r"^weekly .* successful ", told, re.MULTILINE)
    assert "never run" not in told
    # Nothing can be done with what cannot be read, but to mend it.
    assert re.search(r"^other .* broken .* correct the file$", told, re.MULTILINE)
    assert "change, run" not in told


def test_saving_says_once_that_nothing_was_sent(bench, segport):
    bench.people("vip", range(2))
    bench.connect()
    told = segport("export", "add", "W", "--connection", "acme", "--segment", "vip", *MATCHING)
    assert told.count("sent") == 1
    assert segport("export", "edit", "W", "--newest-by", "name").count("sent") == 1


LISTS = [("export", "list"), ("connection", "list"), ("run", "list")]


def test_settings_that_cannot_be_used_are_told_once_beside_what_works_without_them(bench, segport):
    bench.ready(2)
    text = bench.workspace.settings_path.read_text()
    bench.workspace.settings_path.write_text("\nshoes = 3\n" + text)
    for command in LISTS:
        told = segport(*command)
        assert told.count("segport.toml") == 1
        assert "segport.toml, line 2, field shoes" in told
        assert "Correct the file" in told
        json.loads(segport.out(*command, "--json"))
    # What fails for this very reason says it once, and so does what tells it by itself.
    assert segport("segment", "list", code=2).count("line 2") == 1
    assert segport("doctor", code=1).count("line 2") == 1
    # Nobody is anything while the file is broken: that is why, and it is said first and once.
    told = segport("export", "run", "weekly", code=5)
    assert re.match(
        r"segport: \S*segport.toml, line 2, field shoes: .*, so nobody is more than a", told
    )
    assert told.endswith("viewer here; to run an export takes a contributor. Correct the file.\n")
    assert told.count("\n") == 1


def test_a_data_folder_that_is_not_there_is_no_empty_workspace(bench, segport):
    bench.ready(2)
    text = bench.workspace.settings_path.read_text()
    bench.workspace.settings_path.write_text(text.replace('data = "data"', 'data = "nodata"'))
    gone = f"{bench.workspace.root}/nodata does not exist"
    for command in (("segment", "list"), ("segment", "show", "vip"), ("export", "plan", "weekly")):
        told = segport(*command, code=2)
        assert gone in told
        assert "segport.toml" in told
    assert gone in segport("doctor", code=1)
    assert "nodata" in segport("why", "p1@example.com")


def test_lines_that_cannot_be_read_are_counted_alike_by_the_list_and_the_plan(bench, segport):
    bench.connect()
    bench.csv("torn", [{"email": f"p{n}@example.com", "name": "N"} for n in range(2)])
    with (bench.workspace.segments_folder / "torn.csv").open("a") as file:
        file.write("p8@example.com\r\np9@example.com,N,more,and more\r\n")
    bench.export("torn")
    assert re.search(r"^torn +4, 2 unreadable ", segport("segment", "list"), re.MULTILINE)
    [listed] = segport.told("segment", "list")
    assert listed["exports"] == ["Weekly"]
    report = bench.plan("weekly", offline=True)
    assert (listed["rows"], listed["malformed"]) == (2, 2)
    assert (report.rows, report.excluded) == (4, 2)


def test_lines_that_cannot_be_read_can_be_found(bench, segport):
    bench.connect()
    path = bench.csv("torn", [{"email": f"p{n}@example.com", "name": "N"} for n in range(20)])
    with path.open("a") as file:
        file.write("p8@example.com\r\np9@example.com,N,more,and more\r\n" + "x\r\n" * 2)
    bench.export("torn")
    shown = segport("segment", "show", "torn")
    where = (
        "line 22 of torn.csv (too few columns), line 23 of torn.csv (too many columns), "
        "line 24 of torn.csv (too few columns), ..."
    )
    assert f"unreadable     {where}\n" in shown
    run = bench.run()
    told = segport("run", "excluded", str(run.id))
    assert told == (
        "Nothing else was left out.\n4 lines could not be read; `segport segment show NAME` says "
        "where the first of them stand now.\n"
    )


BASE = ("connection", "add", "Q", "--agree")


def test_an_address_without_its_scheme_is_told_so(bench, segport):
    for url in ("127.0.0.1:8405", "localhost/v1", "api2.autopilothq.com:443"):
        told = segport(*BASE, "--base-url", url, "--key-file", "-", typed="x" * 9, code=2)
        assert "does not begin with https://" in told
        assert told.count("\n") == 1
    bench.connect()
    told = segport("connection", "edit", "acme", "--base-url", "127.0.0.1:1", code=2)
    assert "does not begin with https://" in told


def test_a_key_file_that_gives_no_key_is_two_and_says_what_to_do(bench, segport, tmp_path):
    empty, odd = tmp_path / "empty", tmp_path / "odd"
    empty.write_text("\n")
    odd.write_bytes(b"\xff\xfe\x00")
    at = ("--base-url", bench.sandbox.base_url, "--key-file")
    assert "Look at the path" in segport(*BASE, *at, str(tmp_path / "gone"), code=2)
    assert "it is empty. Put the API key" in segport(*BASE, *at, str(empty), code=2)
    assert "standard input: it is empty" in segport(*BASE, *at, "-", code=2)
    assert "nothing else" in segport(*BASE, *at, str(odd), code=2)


def test_sql_that_is_refused_names_the_line_and_what_to_do(bench, segport):
    folder = bench.workspace.segments_folder
    bench.people("vip", range(2))
    for text, line in (("selec 1", 1), ("select email\nfrom vip\nwher selec a", 3),
                       ("select\n  shoes\nfrom vip", 2), ("select *\nfrom nowhere", 2)):  # fmt: skip
        (folder / "syn.sql").write_text(text)
        told = segport("segment", "show", "syn", code=2)
        assert f'"syn" is refused by DuckDB, line {line}: ' in told
        assert "Correct the SQL" in told


def test_a_number_that_is_none_is_told_in_plain_words(segport):
    told = segport("export", "run", "weekly", "--limit", "abc", code=2)
    assert "'abc' is not a whole number." in told
    assert "'fast' is not a number." in segport(*BASE, "--rate", "fast", code=2)


def test_a_mark_of_utf_16_on_something_else_asks_for_utf_8(bench, segport):
    bench.ready(2)
    for text in (
        b"email\na@example.com\n",
        b"email\nab@example.com\n",
        "email\r\nab@".encode("utf-16-le")[:-1],
    ):
        (bench.workspace.data / "suppressed.csv").write_bytes(b"\xff\xfe" + text)
        told = segport("export", "plan", "weekly", "--offline", code=2)
        assert "as UTF-16 does and goes on otherwise. Save it as UTF-8." in told
        assert "Latin-1" not in told


def test_leavers_and_old_values_are_told_once(bench, segport):
    bench.ready(4)
    bench.run()
    bench.csv("vip", [{"email": f"p{n}@example.com", "name": ""} for n in range(2)])
    told = segport("export", "plan", "weekly", "--offline")
    assert told.count("keeps") == 1
    assert told.count("left a segment") == 1
    assert "still on its list" not in told


def test_a_share_above_a_hundred_guards_nothing_and_is_refused(bench, segport):
    bench.csv("vip", [{"email": "a@example.com"}])
    bench.connect()
    add = ("export", "add", "Q", "--connection", "acme", "--segment", "vip")
    told = segport(*add, "--guard", "excluded_percent=150", code=2)
    assert "excluded_percent is 150: a share is 100 at the most" in told
    told = segport(*add, "--guard", "excluded_percent=20,5", code=2)
    assert "A guard is a number" in told
    segport(*add, "--guard", "excluded_percent=100", code=0)


def test_a_field_without_its_column_is_told_so(bench, segport):
    bench.csv("vip", [{"email": "a@example.com"}])
    bench.connect()
    add = ("export", "add", "Q", "--connection", "acme", "--segment", "vip")
    told = segport(*add, "--field", "Email", code=2)
    assert "--field Email names no column." in told
    assert "Write Email=column" in told
    told = segport(*add, "--field", "=email", code=2)
    assert "=email names no field" in told


def test_the_workspace_named_too_late_is_told_where_it_belongs(bench, segport):
    for option in ("-w", "--workspace"):
        told = segport("run", "list", option, str(bench.workspace.root), code=2)
        assert told.endswith("It stands before the command: segport --workspace DIR run list.\n")


@pytest.mark.parametrize(
    ("streams", "command", "code", "told"),
    [
        (">&-", "run list", 0, ""),
        (">&-", "doctor --json", None, ""),
        (">&-", "export run weekly", 0, ""),
        ("<&-", "", 2, "standard input is no terminal"),
        ("<&-", "connection key acme", 2, "There is no API key. Give it with --key-file FILE"),
        ("<&-", "connection remove acme", 2, "Say --detach or --remove-exports"),
        ("<&- >&- 2>&-", "run list", 0, ""),
        ("2>&-", "run show 99", 2, ""),
    ],
)
def test_a_stream_that_the_caller_closed_is_nothing_and_no_crash(
    bench, streams, command, code, told
):
    bench.ready(3)
    line = [sys.executable, "-m", "tui.cli", "-w", str(bench.workspace.root), *command.split()]
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {streams}', "sh", *line],
        cwd=ROOT, capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip
    assert code is None or done.returncode == code, done.stderr
    assert told in done.stderr
    assert not list(bench.workspace.state.glob("crash-*"))
    if command.startswith("export run"):
        assert len(bench.sandbox.contacts()) == 3


@pytest.mark.sampled(5)
@pytest.mark.parametrize(
    "command",
    ["run show", "run requests", "run request 1", "run rejects", "run excluded", "run cancel",
     "run approve", "run resume", "run retry", "export run weekly --limit",
     "run list --before", "segment rows vip --after", "audit verify --known"],
)  # fmt: skip
def test_a_number_that_is_too_great_for_a_history_is_refused(bench, segport, command):
    bench.ready(3)
    bench.segport("export", "run", "weekly")
    known = ":seal" if command.endswith("--known") else ""
    told = segport(*command.split(), f"99999999999999999999{known}", code=2)
    assert "99999999999999999999" in told
    assert not list(bench.workspace.state.glob("crash-*"))


def test_what_click_ends_with_a_value_in_brackets_is_a_sentence_too(segport):
    told = segport("operator", "add", "Carol", "Ng", "--role", "viewer", code=2)
    assert "unexpected extra argument (Ng). See `segport operator add --help`." in told
