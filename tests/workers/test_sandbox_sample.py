"""The sample workspace's data."""

from __future__ import annotations

import re

import duckdb
import pytest

from workers.sandbox.sample import write_sample
from workers.sandbox.values import is_address

RESERVED = re.compile(r"@(example\.(com|org|net)|[a-z]+\.(example|test))$")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample") / "o'data"
    write_sample(folder)
    return folder


def rows(data, query):
    with duckdb.connect() as db:
        db.execute("CREATE VIEW profiles AS FROM " + literal(data / "profiles.parquet"))
        return db.execute(query).fetchall()


def literal(path):
    return "'" + str(path).replace("'", "''") + "'"


def segment(data, name, columns="*"):
    return rows(data, f"SELECT {columns} FROM {literal(data / 'segments' / name)}")


def test_profiles_have_their_columns_types_and_scripts(data):
    types = {row[0]: row[1] for row in rows(data, "DESCRIBE profiles")}
    assert types == dict.fromkeys(
        ["CustomerId", "email", "first_name", "last_name", "phone", "city", "country", "company"],
        "VARCHAR",
    ) | {"birthday": "DATE", "nps": "INTEGER", "updated_at": "TIMESTAMP"}
    [(count, keys, without)] = rows(
        data, "SELECT count(*), count(DISTINCT CustomerId), count(*) - count(email) FROM profiles"
    )
    assert (count, keys) == (5000, 5000)
    assert 0 < without < 50
    names = "".join(row[0] for row in rows(data, "SELECT DISTINCT first_name FROM profiles"))
    for example in ("詠", "さ", "민", "م", "О", "Ł", "ë", "ươ", "A"):
        assert example in names


def test_every_address_is_reserved_for_examples(data):
    addresses = [row[0] for row in rows(data, "SELECT email FROM profiles WHERE email <> ''")]
    addresses += [row[0] for row in rows(data, f"FROM {literal(data / 'suppressed.csv')}")]
    assert all(RESERVED.search(address) and is_address(address) for address in addresses)


def test_segments_overlap_and_are_of_four_kinds(data):
    vip = set(segment(data, "VIP customers in Hong Kong.parquet", "CustomerId"))
    lapsed = set(segment(data, "Lapsed.jsonl"))
    recent = set(
        rows(
            data,
            "SELECT CustomerId FROM ("
            + (data / "segments" / "Recent buyers.sql").read_text(encoding="utf-8")
            + ")",
        )
    )
    readers = set(
        rows(
            data,
            "SELECT CustomerId FROM profiles SEMI JOIN "
            + literal(data / "segments" / "Newsletter.csv")
            + " AS n ON profiles.email = n.email",
        )
    )
    assert min(map(len, (vip, lapsed, recent, readers))) > 100
    assert vip & lapsed
    assert vip & recent
    assert vip & readers
    assert not lapsed & recent


def test_the_newsletter_is_messy_but_not_hopeless(data):
    found = segment(data, "Newsletter.csv", "email")
    addresses = [row[0] or "" for row in found]
    assert [a for a in addresses if not a]
    assert [a for a in addresses if a != a.strip()]
    assert [a for a in addresses if a.isupper()]
    bad = [a for a in addresses if not is_address(a.strip().lower())]
    assert 5 < len(bad) < 0.02 * len(addresses)
    folded = [a.strip().lower() for a in addresses]
    assert len(set(folded)) < len(folded)


def test_a_seed_gives_the_same_people_and_another_seed_others(data, tmp_path):
    def all_of(folder):
        return {
            p.name: rows(folder, f"FROM {literal(p)}")
            for p in sorted(folder.rglob("*"))
            if p.suffix not in ("", ".sql")
        }

    write_sample(tmp_path / "same")
    assert all_of(tmp_path / "same") == all_of(data)
    write_sample(tmp_path / "other", seed=8)
    assert all_of(tmp_path / "other") != all_of(data)


@pytest.mark.parametrize("profiles", [0, 1, 10])
def test_small_samples_are_possible_and_files_are_replaced(tmp_path, profiles):
    for count in (20, profiles):
        write_sample(tmp_path, profiles=count)
    assert rows(tmp_path, "SELECT count(*) FROM profiles") == [(profiles,)]
