from __future__ import annotations

import multiprocessing
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from store.duck import deadline, explained, session, translate
from store.errors import SegmentError, StorageError


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    with duckdb.connect() as plain:
        plain.execute(f"COPY (SELECT 1 AS a) TO '{folder}/one.parquet'")
        plain.execute(f"COPY (SELECT 2 AS a) TO '{tmp_path}/outside.parquet'")
    return folder


def test_reads_what_it_was_given_and_nothing_else(data, tmp_path):
    outside = tmp_path / "outside.parquet"
    with session(readable=[data], scratch=tmp_path / "s") as connection:
        assert connection.execute(f"FROM '{data}/one.parquet'").fetchall() == [(1,)]
        with pytest.raises(duckdb.PermissionException):
            connection.execute(f"FROM '{outside}'")
    with session(readable=[data], files=[outside], scratch=tmp_path / "s") as connection:
        assert connection.execute(f"FROM '{outside}'").fetchall() == [(2,)]


def test_writes_inside_a_readable_folder_so_that_a_plan_can_be_frozen(data, tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    with session(readable=[data, run], scratch=run) as connection:
        connection.execute(f"COPY (FROM '{data}/one.parquet') TO '{run}/plan.parquet'")
        with pytest.raises(duckdb.PermissionException):
            connection.execute(f"COPY (SELECT 1) TO '{tmp_path}/elsewhere.csv'")
    assert (run / "plan.parquet").exists()


@pytest.mark.parametrize(
    "statement",
    [
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "SET memory_limit = '10GB'",
        "RESET memory_limit",
        "SET allowed_directories = ['/']",
        "SET temp_directory = '/tmp'",
        "PRAGMA enable_profiling",
        "INSTALL httpfs",
        "LOAD httpfs",
    ],
)
def test_the_lock_cannot_be_opened(data, tmp_path, statement):
    with (
        session(readable=[data], scratch=tmp_path / "s") as connection,
        pytest.raises(duckdb.Error),
    ):
        connection.execute(statement)


def test_variables_of_the_program_are_no_tables(data, tmp_path):
    secret = [{"key": "k"}]
    with (
        session(readable=[data], scratch=tmp_path / "s") as connection,
        pytest.raises(duckdb.Error),
    ):
        connection.execute("FROM secret")
    assert secret


def test_the_settings_asked_for_hold(data, tmp_path):
    with session(
        readable=[data], scratch=tmp_path / "s", memory_limit="100MB", threads=1
    ) as connection:
        names = ("threads", "memory_limit", "TimeZone", "preserve_insertion_order")
        told = {n: connection.execute(f"SELECT current_setting('{n}')").fetchone() for n in names}
    assert told["threads"] == (1,)
    assert told["memory_limit"] == ("95.3 MiB",)
    assert told["TimeZone"] == ("UTC",)
    assert told["preserve_insertion_order"] == (True,)


def test_the_spill_folder_is_private_and_goes_away(data, tmp_path):
    scratch = tmp_path / "s"
    with session(readable=[data], scratch=scratch, memory_limit="64MB", threads=1) as connection:
        (spill,) = scratch.iterdir()
        assert stat.S_IMODE(spill.stat().st_mode) == 0o700
        connection.execute(
            "CREATE TEMP TABLE t AS SELECT md5(i::VARCHAR) AS a FROM range(3000000) r(i)"
        )
        assert any(spill.iterdir())
    assert list(scratch.iterdir()) == []


def _hold(data: Path, scratch: Path, ready) -> None:
    with session(readable=[data], scratch=scratch):
        ready.set()
        time.sleep(60)


def test_what_a_killed_process_spilled_is_swept_and_a_living_ones_is_not(data, tmp_path):
    scratch = tmp_path / "s"
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    process = context.Process(target=_hold, args=(data, scratch, ready))
    process.start()
    assert ready.wait(20)
    (theirs,) = scratch.iterdir()
    (theirs / "rows").write_text("customer data")
    with session(readable=[data], scratch=scratch):
        assert theirs.exists()
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert theirs.exists()
    with session(readable=[data], scratch=scratch):
        assert not theirs.exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_scratch_that_cannot_be_written_is_told(data, tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(StorageError), session(readable=[data], scratch=tmp_path / "s"):
        pass


def test_a_scratch_that_is_a_file_is_told(data, tmp_path):
    (tmp_path / "s").write_text("")
    with pytest.raises(StorageError), session(readable=[data], scratch=tmp_path / "s"):
        pass


def test_a_deadline_stops_a_query_and_leaves_the_connection_usable(data, tmp_path):
    with session(readable=[data], scratch=tmp_path / "s") as connection:
        started = time.monotonic()
        with (
            pytest.raises(StorageError, match="stopped"),
            explained("The query"),
            deadline(connection, 0.1),
        ):
            connection.sql("SELECT count(*) FROM range(10000000) a, range(10000000) b").fetchall()
        assert time.monotonic() - started < 5
        assert connection.execute("SELECT 1").fetchall() == [(1,)]


def test_a_full_spill_disk_is_one_sentence(data, tmp_path):
    with (
        pytest.raises(StorageError) as told,
        session(
            readable=[data],
            scratch=tmp_path / "s",
            memory_limit="50MB",
            spill_limit="10MB",
            threads=1,
        ) as connection,
        explained("The query"),
    ):
        connection.execute("CREATE TEMP TABLE t AS SELECT md5(i::VARCHAR) FROM range(5000000) r(i)")
    assert "disk space" in told.value.message


def test_a_working_file_that_cannot_be_written_is_no_fault_of_the_data(data, tmp_path):
    script = """
import resource, signal, sys
from pathlib import Path
from store.duck import explained, session
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
try:
    with session(readable=[Path(sys.argv[1])], scratch=Path(sys.argv[2])) as connection, explained("The plan"):
        connection.execute(f"copy (select md5(i::varchar) from range(100000) t(i)) to '{sys.argv[1]}/o.parquet'")
except Exception as error:
    print(type(error).__name__, error)
"""
    told = subprocess.run(
        [sys.executable, "-c", script, str(data), str(tmp_path / "s")],
        capture_output=True, text=True, timeout=30, check=True,
    ).stdout  # fmt: skip
    assert told.startswith("StorageError A working file cannot be written (File too large). Look ")


@pytest.mark.parametrize(
    ("error", "kind", "part"),
    [
        (duckdb.OutOfMemoryException("Out of Memory Error: failed"), StorageError, "memory"),
        (duckdb.IOException("IO Error: No space left on device"), StorageError, "disk is full"),
        (
            duckdb.IOException(
                'IO Error: Async write failed for range [offset=29, size=4423688]: {"exception_type":"IO",'
                '"exception_message":"Could not write file \\"/w/o.parquet\\": Disk quota exceeded",'
                '"errno":"122"}'
            ),
            StorageError,
            "space that this account may use",
        ),
        (duckdb.ConversionException("Conversion Error: ann@x.org"), SegmentError, "does not fit"),
        (duckdb.IOException("IO Error: something of ann@x.org"), SegmentError, "(IOException)"),
        (duckdb.Error("computed checksum 1 does not match"), SegmentError, "damaged"),
        (
            duckdb.InvalidInputException(
                "CSV Error on Line: 7\nOriginal Line: ann@x.org,Ann\nExpected Number of Columns"
            ),
            SegmentError,
            "line 7",
        ),
    ],
)
def test_no_data_travels_in_a_sentence(error, kind, part):
    told = translate(error, 'The segment "vip"')
    assert isinstance(told, kind)
    assert part in told.message
    assert "ann@" not in str(told)
    assert "\n" not in str(told)
