"""What people get wrong with their files, and what they are told: the truth, and what to do."""

from __future__ import annotations

import json
import re
import shutil

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
    # Nobody is anything while the file is broken; why is said beside it.
    told = segport("export", "run", "weekly", code=5)
    assert "viewer" in told
    assert "field shoes" in told


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
    assert re.search(r"^torn +2 \+ 2 unreadable ", segport("segment", "list"), re.MULTILINE)
    [listed] = segport.told("segment", "list")
    report = bench.plan("weekly", offline=True)
    assert (listed["rows"], listed["malformed"]) == (2, 2)
    assert (report.rows, report.excluded) == (4, 2)
