"""Configuration that was changed by hand is noticed; what Segport writes is not taken for it."""

from __future__ import annotations

import os
import threading

import pytest

from store import documents, settings
from store.connections import Connection, path_of
from store.differences import of_texts, of_values
from store.errors import StorageError
from store.journal import audit, configuration
from store.journal.schema import Journal
from store.settings import Retention
from store.workspace import create

FIRST = 'name = "Acme"\nrate = 4\n'


@pytest.fixture
def house(tmp_path):
    return create(tmp_path / "acme")


def noticed(house) -> list[tuple[str, str, str]]:
    """What a further look finds, and all that was found so far: oldest first."""
    configuration.notice(house.root)
    with Journal(house.journal_path) as journal:
        assert audit.verify(journal).holds
        found = [d for d in reversed(audit.deeds(journal)) if d.via == configuration.OUTSIDE]
    assert {(d.operator, d.role, d.result) for d in found} <= {("unknown", "", "noticed")}
    return [(d.action.split()[0], d.subject, d.detail) for d in found]


def test_the_first_look_takes_what_is_there(house):
    path_of(house, "acme").write_text(FIRST)
    assert noticed(house) == []
    assert noticed(house) == []


def test_what_is_added_changed_and_removed_by_hand_is_told_once(house):
    noticed(house)
    path = path_of(house, "acme")
    path.write_text(FIRST)
    assert [each[:2] for each in noticed(house)] == [("added", "connections/acme.toml")]
    path.write_text(FIRST.replace("4", "9") + "profile_limit = 5\n")
    *_, changed = noticed(house)
    assert changed[:2] == ("changed", "connections/acme.toml")
    assert changed[2].startswith("profile_limit: nothing to 5; rate: 4 to 9; file of ")
    path.unlink()
    *_, gone = noticed(house)
    assert gone[:2] == ("removed", "connections/acme.toml")
    assert len(noticed(house)) == 3


def test_a_file_that_is_touched_and_one_whose_time_is_set_back(house):
    noticed(house)
    path = house.settings_path
    os.utime(path, (0, 0))
    assert noticed(house) == []
    status = path.stat()
    path.write_text(path.read_text().replace('data = "data"', 'data = "date"'))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    ((action, subject, detail),) = noticed(house)
    assert (action, subject) == ("changed", "segport.toml")
    assert detail.startswith("data: data to date; ")


def test_a_file_that_is_no_toml_any_more_and_is_mended(house):
    noticed(house)
    text = house.settings_path.read_text()
    house.settings_path.write_text(text + "[broken")
    house.settings_path.write_bytes(b"\xff\xfe")
    assert noticed(house)[-1][2].startswith("it cannot be read; ")
    house.settings_path.write_text(text + "[broken")
    assert noticed(house)[-1][2].startswith("it is no valid TOML now; ")
    house.settings_path.write_text(text)
    assert noticed(house)[-1][2].startswith("it was no valid TOML before; ")


def test_what_segport_writes_is_not_taken_for_an_edit_by_hand(house):
    noticed(house)
    path = path_of(house, "acme")
    documents.create(path, Connection(name="Acme"))
    noticed(house)
    document = documents.read(path, Connection)
    document = documents.update(document, Connection(name="Acme", rate=9))
    documents.update(document, Connection(name="Acme", rate=10))
    settings.keep_retention(house, Retention(plans=3))
    assert noticed(house) == []
    documents.remove(path)
    assert noticed(house) == []
    path.write_text(FIRST)
    assert [each[:2] for each in noticed(house)] == [("added", "connections/acme.toml")]


def test_an_edit_by_hand_is_noticed_also_when_segport_writes_over_it(house):
    documents.create(path_of(house, "acme"), Connection(name="Acme"))
    path = path_of(house, "acme")
    path.write_text(FIRST)
    documents.update(documents.read(path, Connection), Connection(name="Acme", rate=9))
    ((action, subject, detail),) = noticed(house)
    assert (action, subject) == ("changed", "connections/acme.toml")
    # Defaults were written out, and are not any more.
    assert "rate: 4.0 to 4" not in detail
    assert "profile_limit: 100000 to nothing" in detail


def test_an_edit_by_hand_in_the_moment_after_segport_wrote_is_noticed(house):
    path = path_of(house, "acme")
    documents.create(path, Connection(name="Acme"))
    noticed(house)
    with configuration.writing(path, FIRST):
        path.write_text(FIRST)
        path.write_text(FIRST.replace("4", "9"))
    assert [each[2].split(";")[0] for each in noticed(house)] == ["rate: 4 to 9"]


def test_back_to_an_older_state_by_hand_is_an_edit_too(house):
    documents.create(path_of(house, "acme"), Connection(name="Acme"))
    path = path_of(house, "acme")
    older = path.read_text()
    documents.update(documents.read(path, Connection), Connection(name="Acme", rate=9))
    assert noticed(house) == []
    path.write_text(older)
    assert [each[2].split(";")[0] for each in noticed(house)] == ["rate: 9 to 4.0"]


@pytest.mark.parametrize("written", [False, True])
def test_one_who_dies_between_saying_and_writing_makes_no_row(house, written):
    path = path_of(house, "acme")
    noticed(house)
    configuration.announce(house.root, path, FIRST)
    if written:
        path.write_text(FIRST)
    assert noticed(house) == []
    path.write_text(FIRST + "profile_limit = 5\n")
    assert len(noticed(house)) == 1
    assert len(noticed(house)) == 1


def test_what_cannot_be_written_down_is_not_changed(house):
    noticed(house)
    before = house.settings_path.read_text()
    house.journal_path.write_bytes(b"no database")
    with pytest.raises(StorageError, match="is damaged"):
        settings.keep_retention(house, Retention(plans=3))
    assert house.settings_path.read_text() == before


@pytest.mark.slow
def test_looks_beside_many_writers_take_nothing_for_an_edit(house):
    noticed(house)
    path = path_of(house, "acme")
    documents.create(path, Connection(name="Acme"))
    stop = threading.Event()
    wrong: list[BaseException] = []

    def look() -> None:
        while not stop.is_set():
            try:
                configuration.notice(house.root)
            except Exception as error:  # noqa: BLE001 - whatever it is, the test tells
                wrong.append(error)
                return

    def write(first: int) -> None:
        for n in range(25):
            while True:
                document = documents.read(path, Connection)
                try:
                    documents.update(document, Connection(name="Acme", rate=first + n))
                    break
                except documents.ChangedOnDisk:
                    continue

    looking = [threading.Thread(target=look) for _ in range(2)]
    writing = [threading.Thread(target=write, args=(first,)) for first in (100, 1000)]
    for each in (*looking, *writing):
        each.start()
    for each in writing:
        each.join()
    stop.set()
    for each in looking:
        each.join()
    assert wrong == []
    assert noticed(house) == []


def test_differences_tell_no_secret_of_an_address_and_are_short():
    told = of_values({}, {"a": {"url": "https://hooks.example.com/T0/secret?x=1"}})
    assert told == "a.url: nothing to https://hooks.example.com/..."
    told = of_values({"u": "https://u:pw@a.example:8443/v1"}, {"u": "https://[broken"})
    assert told == "u: https://a.example:8443/... to an address"
    told = of_texts("x = 1", "\n".join(f"a{n} = {n}" for n in range(500)))
    assert len(told) < 640
    assert told.endswith("... (501 in all)")
    assert of_texts("x = 1", "# why\nx = 1") == "nothing but comments and layout"
