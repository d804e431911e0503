"""Sources that change under a plan or a run, and values and sizes at the edge."""

from __future__ import annotations

import os
import shutil
import signal
import time
from math import ceil

import duckdb
import pytest

from store.errors import SegmentError

PEOPLE = 120_000


@pytest.fixture(scope="module")
def versions(tmp_path_factory):
    """The same people, with other names, as Parquet that is not compressed and as CSV."""
    folder = tmp_path_factory.mktemp("versions")
    connection = duckdb.connect()
    for version in ("old", "new"):
        rows = f"""select 'p' || n || '@example.com' as email, '{version}' || n as name
                   from range({PEOPLE}) as t(n)"""
        connection.execute(
            f"copy ({rows}) to '{folder}/{version}.parquet' (compression uncompressed)"
        )
        connection.execute(f"copy ({rows}) to '{folder}/{version}.csv'")
        others = rows.replace("as name", "as nom")
        connection.execute(f"copy ({others}) to '{folder}/{version}-schema.parquet'")
    connection.close()
    return folder


def replaced(path, versions):
    scratch = path.with_name(".scratch")
    shutil.copyfile(versions / f"new{path.suffix}", scratch)
    scratch.replace(path)


def rewritten(path, versions):
    """As a careless loader does it: over the old rows, bit by bit."""
    text = (versions / f"new{path.suffix}").read_bytes()
    with path.open("r+b", buffering=0) as file:
        for place in range(0, len(text), 200_000):
            file.write(text[place : place + 200_000])
            time.sleep(0.004)
        file.truncate()


def truncated(path, versions):
    os.truncate(path, path.stat().st_size // 2)


def emptied(path, versions):
    os.truncate(path, 0)


def deleted(path, versions):
    path.unlink()


def grown(path, versions):
    with path.open("a") as file:
        file.writelines(f"q{n}@example.com,new{n}\n" for n in range(1000))


def of_another_schema(path, versions):
    shutil.copyfile(versions / "new-schema.parquet", path)


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    ("suffix", "change", "ends", "told"),
    [
        (".parquet", replaced, {"needs approval"}, "are new"),
        (".parquet", rewritten, {"needs approval", "failed"}, ""),
        (".csv", rewritten, {"needs approval", "failed"}, ""),
        (".parquet", truncated, {"failed"}, "not a whole Parquet file"),
        (".csv", emptied, {"failed", "skipped"}, ""),
        (".parquet", deleted, {"failed"}, "no segment"),
        (".csv", grown, {"needs approval"}, "are new"),
        (".parquet", of_another_schema, {"failed"}, "name"),
    ],
)
def test_a_source_that_changes_while_it_is_planned(
    bench, versions, monkeypatch, suffix, change, ends, told
):
    """What is frozen is the state after the change, never half of each.

    It begins while the file is read, and ends before the plan looks whether there was one.
    """
    path = bench.workspace.segments_folder / f"vip{suffix}"
    shutil.copyfile(versions / f"old{suffix}", path)
    bench.connect(profile_limit=1_000_000)
    bench.export("vip")
    bench.guards("weekly", adds=0)
    bench.sandbox.forget()
    monkeypatch.setenv("SEGPORT_SEAM", "read:1:stop")
    run_id = bench.start()
    bench.until((bench.workspace.run_folder(run_id) / "stage-0.parquet").exists, pause=0)
    change(path, versions)
    bench.until(lambda: bench.stands_still(run_id) or not bench.is_alive(run_id))
    if process := bench.process(run_id):
        os.kill(process, signal.SIGCONT)
    run = bench.wait(run_id)
    assert run.state in ends, run.cause
    assert told in run.cause
    assert run.cause.endswith(".")
    assert bench.sent() == []
    if run.state != "needs approval":
        return
    plan = bench.workspace.run_folder(run_id) / "plan.parquet"
    kinds = duckdb.sql(
        f"select regexp_extract(payload, '(old|new)') as kind, count(*) as n from '{plan}' group by 1"
    ).fetchall()
    expected = [("new", 1000), ("old", PEOPLE)] if change is grown else [("new", PEOPLE)]
    assert sorted(kinds) == expected
    assert run.plan["rows"] == sum(n for _, n in kinds)


def test_a_list_of_suppressed_people_that_is_written_meanwhile_is_read_whole(bench, monkeypatch):
    """Emptied and filled again, as some loaders do: nobody on it may be sent because of that."""
    from workers.plan import suppress as module

    bench.ready(100)
    path = bench.workspace.data / "suppressed.csv"
    text = "email\n" + "".join(f"p{n}@example.com\n" for n in range(100))
    path.write_text("email\n")
    writes = [text]

    def written_while_read(*words):
        found = suppress(*words)
        if writes:
            path.write_text(writes.pop())
        return found

    suppress = module._suppress
    monkeypatch.setattr(module, "_suppress", written_while_read)
    report = bench.plan()
    assert (report.withheld, report.to_send) == (100, 0)
    writes += [text, text + "\n", text]
    with pytest.raises(SegmentError, match="is being written"):
        bench.plan()


def test_sources_may_come_and_go_while_a_run_sends(bench, versions, addresses):
    """Replaced, written over, cut short, grown, taken away: what goes out is what was frozen."""
    bench.ready(1500, rate=20)
    bench.people("other", range(5))
    path = bench.workspace.segments_folder / "vip.csv"
    run_id = bench.start()
    bench.until(lambda: bench.load(run_id).accepted >= 100)
    for change in (replaced, grown, rewritten, truncated, emptied, deleted):
        change(path, versions)
        time.sleep(0.05)
    assert bench.load(run_id).active, "it ended before anything happened"
    bench.check_delivered(bench.wait(run_id), {"vip": addresses(range(1500))})
    assert set(bench.sandbox.accepted().values()) == {1}


# As name, as score, as date of birth; and which of the two can be sent.
ODD = [
    ("a\0b", "'nan'::double", "'0001-01-01'::date", {"Born"}),
    ("c\x1b[31m\x07\x7f\x85", "'inf'::double", "'9999-12-31'::date", {"Born"}),
    ("\u202eevil\u2066", "'-inf'::double", "'infinity'::date", set()),
    ("👩\u200d👩\u200d👧 田中", "1e308", "'-infinity'::date", {"Score"}),
    ("tab\tnl\ncr\r!", "-0.0", "'2024-02-29'::date", {"Score", "Born"}),
    ("NaN", "1e-320", "'1582-10-10'::date", {"Score", "Born"}),
    ("\ud7ff\ue000\U0010ffff", "9007199254740993::double", "null", {"Score"}),
    ("'\"\\</script>{}[]%s", "null", "'2026-01-01'::date", {"Born"}),
]
HUGE = 10_000_000


def test_odd_values_arrive_as_they_are_and_what_no_json_can_say_is_left_out(bench):
    def text(value):
        return " || ".join(f"chr({ord(each)})" for each in value)

    rows = [
        f"select 'v{n}@example.com' as email, {text(name)} as name, {score} as score, {born} as born"
        for n, (name, score, born, _) in enumerate(ODD)
    ]
    rows.append(f"select 'huge@example.com', repeat('x', {HUGE}), 1.0, null")
    bench.parquet("vip", " union all ".join(rows))
    bench.connect()
    bench.export("vip", custom=[("Score", "score", "float"), ("Born", "born", "date")])
    run = bench.run()
    assert (run.state, run.accepted) == ("successful", len(ODD))
    assert run.plan["reasons"] == [{"reason": "fields too large", "rows": 1}]
    assert run.plan["misfits"] == [{"field": "Score", "rows": 3}, {"field": "Born", "rows": 2}]
    held = bench.sandbox.contacts()
    for n, (name, _, _, sent) in enumerate(ODD):
        person = held[f"v{n}@example.com"]
        assert person["FirstName"] == name
        assert {each["kind"] for each in person.get("custom_fields", [])} == sent, name
    bench.check_converged()


def test_what_is_no_text_is_no_address(bench):
    values = [
        "n",
        "n + 0.5",
        "date '2026-01-01' + n::integer",
        "n % 2 = 0",
        "'nan'::double",
    ]
    names = [f"no{place}" for place in range(len(values))]
    for name, value in zip(names, values, strict=True):
        bench.parquet(name, f"select {value} as email, 'N' || n as name from range(50) as t(n)")
    bench.connect()
    bench.export(*names)
    bench.guards("weekly", excluded_percent="off")
    run = bench.run()
    assert (run.state, run.to_send) == ("successful", 0)
    assert (run.plan["excluded"], run.plan["contacts"]) == (50 * len(values), 0)
    assert bench.sent() == []


@pytest.mark.slow
def test_one_row_a_hundred_and_one_more(bench, addresses):
    bench.people("first", range(1))
    bench.connect()
    bench.export("first")
    for count in (1, 99, 100, 101, 200):
        bench.people("first", range(1000 * count, 1000 * count + count))
        bench.sandbox.forget()
        run = bench.run()
        assert (run.state, run.accepted, run.plan["rows"]) == ("successful", count, count)
        # One contact may tell what bulk calls do: its fields first, then its list.
        assert len(bench.sent("/v1/contact*")) <= ceil(count / 100) + 2
        assert set(bench.sandbox.accepted()) == addresses(range(1000 * count, 1000 * count + count))
        bench.check_sent_once(run)
