from __future__ import annotations

import os
import re
import stat
import threading

import msgspec
import pytest

from store import documents, exports
from store.errors import ConfigurationError, NotFound, UsageError


class Inner(msgspec.Struct, forbid_unknown_fields=True):
    size: int = 1


class Shape(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    rate: float = 4.0
    inner: Inner = msgspec.field(default_factory=Inner)
    note: str | None = None


def test_what_was_written_is_read(tmp_path):
    path = tmp_path / "connections" / "a.toml"
    documents.create(path, Shape(name='陳 "x"'))
    assert documents.read(path, Shape).value == Shape(name='陳 "x"')


def test_a_new_file_never_overwrites(tmp_path):
    path = tmp_path / "a.toml"
    documents.create(path, Shape(name="first"))
    with pytest.raises(UsageError, match="exists already"):
        documents.create(path, Shape(name="second"))
    assert documents.read(path, Shape).value.name == "first"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('name = "x"\nrate = "fast"\n', r"line 2, field rate"),
        ('name = "x"\n\n[inner]\nsize = "big"\n', r"line 4, field inner\.size"),
        ('name = "x"\ncolour = "red"\n', r"line 2, field colour"),
        ("rate = 3\n", r"field name"),
        ('name = "x\n', r"line 1: this is not valid TOML"),
        ('name = "x"\nrate = [\n', r"line 2: this is not valid TOML"),
    ],
)
def test_a_wrong_file_is_told_by_file_line_and_field(tmp_path, text, told):
    path = tmp_path / "a.toml"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=told) as caught:
        documents.read(path, Shape)
    assert "a.toml" in caught.value.message


class Entries(msgspec.Struct, forbid_unknown_fields=True):
    sizes: dict[str, list[int]] = {}
    inner: dict[str, Inner] = {}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[sizes]\na = [1]\n"b c" = "x"\n', "line 3, field sizes.b c: expected a list, got text"),
        ("[sizes]\na = [1]\nb = [2, true]\n",
         "line 3, field sizes.b[1]: expected a whole number, got true or false"),
        ("[inner.a]\nsize = 1\n[inner.b]\nsize = 1.5\n",
         "line 4, field inner.b.size: expected a whole number, got a number"),
        ("[inner.a]\nsize = 1\n[inner.b]\ncolour = 1\n", "line 4, field inner.b.colour"),
    ],
)  # fmt: skip
def test_a_wrong_entry_of_a_table_is_told_by_its_name(tmp_path, text, told):
    path = tmp_path / "a.toml"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=re.escape(told)):
        documents.read(path, Entries)
    assert path.read_text() == text


@pytest.mark.parametrize("mode", [0o600, 0o664])
def test_an_edited_file_stays_as_open_as_it_was(tmp_path, mode):
    path = tmp_path / "a.toml"
    path.write_text('name = "x"\n')
    path.chmod(mode)
    if os.geteuid() == 0:
        os.chown(path, 65534, 65534)
    owner = path.stat().st_uid
    document = documents.read(path, Shape)
    documents.update(document, msgspec.structs.replace(document.value, rate=3.0))
    assert stat.S_IMODE(path.stat().st_mode) == mode
    assert path.stat().st_uid == owner


def test_an_edit_goes_to_where_a_link_points(tmp_path):
    kept = tmp_path / "dotfiles"
    kept.mkdir()
    (kept / "a.toml").write_text('name = "x"\n')
    path = tmp_path / "a.toml"
    path.symlink_to(kept / "a.toml")
    document = documents.read(path, Shape)
    documents.update(document, msgspec.structs.replace(document.value, rate=3.0))
    assert path.is_symlink()
    assert documents.read(kept / "a.toml", Shape).value.rate == 3.0


def test_bytes_that_are_no_text(tmp_path):
    path = tmp_path / "a.toml"
    path.write_bytes(b'name = "\xff"')
    with pytest.raises(ConfigurationError, match="UTF-8"):
        documents.read(path, Shape)


def test_a_missing_file(tmp_path):
    with pytest.raises(NotFound):
        documents.read(tmp_path / "a.toml", Shape)


def test_an_edit_keeps_comments(tmp_path):
    path = tmp_path / "a.toml"
    path.write_text('# why it is so\nname = "x"  # the name\nrate = 2\nnote = "gone"\n')
    document = documents.read(path, Shape)
    documents.update(document, msgspec.structs.replace(document.value, rate=3.0, note=None))
    text = path.read_text()
    assert "# why it is so" in text
    assert "# the name" in text
    assert documents.read(path, Shape).value == Shape(name="x", rate=3.0)


def test_an_edit_of_a_changed_file_is_refused_with_both_texts(tmp_path):
    path = tmp_path / "a.toml"
    path.write_text('name = "x"\n')
    document = documents.read(path, Shape)
    path.write_text('name = "theirs"\n')
    with pytest.raises(documents.ChangedOnDisk) as caught:
        documents.update(document, Shape(name="ours"))
    assert "theirs" in caught.value.theirs
    assert "ours" in caught.value.ours
    assert path.read_text() == 'name = "theirs"\n'


def test_an_edit_adds_no_empty_table(workspace):
    from store import settings

    text = workspace.settings_path.read_text()
    document = documents.read(workspace.settings_path, settings.Settings)
    edited = msgspec.structs.replace(document.value, profile_key="id")
    documents.update(document, edited)
    lines = workspace.settings_path.read_text().splitlines()
    assert [line for line in lines if line not in text.splitlines()] == ['profile_key = "id"']


def test_an_edit_of_a_file_that_is_no_toml_meanwhile_is_refused_too(tmp_path):
    path = tmp_path / "a.toml"
    path.write_text('name = "x"\n')
    document = documents.read(path, Shape)
    path.write_text('name = "half an ed')
    with pytest.raises(documents.ChangedOnDisk) as caught:
        documents.update(document, Shape(name="ours"))
    assert 'name = "ours"' in caught.value.ours
    assert path.read_text() == 'name = "half an ed'


def test_nobody_else_may_write_a_new_file(tmp_path):
    """Under a umask of 002, as many systems have it, it would be the group's."""
    path = tmp_path / "a.toml"
    before = os.umask(0o002)
    try:
        documents.create(path, Shape(name="x"))
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_of_many_edits_at_once_each_is_kept_or_refused(tmp_path):
    path = tmp_path / "a.toml"
    documents.create(path, Shape(name="x", rate=0.0))
    kept = []

    def raise_the_rate():
        for _ in range(20):
            try:
                document = documents.read(path, Shape)
                rate = document.value.rate + 1
                documents.update(document, msgspec.structs.replace(document.value, rate=rate))
            except documents.ChangedOnDisk:
                continue
            kept.append(1)

    threads = [threading.Thread(target=raise_the_rate) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert documents.read(path, Shape).value.rate == len(kept)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("VIP Hong Kong", "vip-hong-kong"),
        ("香港 貴賓", "香港-貴賓"),
        ("../../etc", "etc"),
        ("!!", "unnamed"),
        ("顧" * 100, "顧" * 66),
    ],
)
def test_a_name_becomes_a_file_name(name, slug):
    assert documents.slug(name) == slug


@pytest.mark.parametrize(
    ("text", "length"), [("Weekly", 6), ("x", 75), ("x", 80), ("ß", 80), ("顧客", 180), ("y", 200)]
)
def test_the_copies_of_any_name_have_names_and_files_of_their_own(text, length):
    name = (text * length)[:length]
    taken = {documents.slug(name): name}
    for _ in range(12):
        free = exports.free_name(name, taken)
        assert len(free) <= 200
        assert documents.slug(free) not in taken
        taken[documents.slug(free)] = free
    assert len(set(taken.values())) == 13
