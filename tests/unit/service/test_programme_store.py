from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from matcher.core.binding import sha256
from matcher.core.errors import ProgrammePublished
from matcher.core.identifiers import AgencyId
from matcher.identity.envelope import Envelope
from matcher.service.programme_store import ProgrammeKey, PublishedProgramme, Wanted
from matcher.service.sqlite_programmes import SqliteProgrammeStore
from matcher.service.sqlite_store import SqliteRunStore

CITY, TOWN = AgencyId("city-benefits"), AgencyId("town-benefits")


def version(
    name: str, *, requester: AgencyId = CITY, programme: str = "city/support", bundle: bytes = b""
) -> PublishedProgramme:
    payload = bundle or f"{requester} {programme} {name}".encode()
    return PublishedProgramme(
        number=0,
        key=ProgrammeKey(requester, programme, name),
        digest=sha256(payload),
        bundle=Envelope(payload, b"s" * 64, requester),
        signed_card=b"card",
        published_at=100,
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "matcher.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteProgrammeStore]:
    store = SqliteProgrammeStore(path)
    yield store
    store.close()


def test_a_version_is_found_by_its_names_and_by_its_digest(
    store: SqliteProgrammeStore, path: Path
) -> None:
    published = store.publish(version("1"))
    assert published == replace(version("1"), number=1)
    store.close()
    again = SqliteProgrammeStore(path)
    assert again.find(published.key) == published
    assert again.find_digest(published.digest) == published
    assert again.find(replace(published.key, version="2")) is None
    assert again.find_digest(sha256(b"")) is None
    again.close()


def test_a_published_version_keeps_its_bundle(store: SqliteProgrammeStore) -> None:
    first = store.publish(version("1"))
    with pytest.raises(ProgrammePublished, match="version 1 of city/support is published already"):
        store.publish(version("1", bundle=b"another"))
    assert store.find(first.key) == first


def test_the_same_bundle_again_renews_signature_and_card_only(store: SqliteProgrammeStore) -> None:
    first = store.publish(version("1"))
    renewed = replace(
        version("1"),
        bundle=replace(first.bundle, signature=b"t" * 64),
        signed_card=b"new",
        published_at=900,
    )
    assert store.publish(renewed) == replace(renewed, number=first.number, published_at=100)
    assert store.count_of(CITY) == 1


def test_requesters_do_not_stand_in_each_others_way(store: SqliteProgrammeStore) -> None:
    mine = store.publish(version("1"))
    theirs = store.publish(version("1", requester=TOWN))
    assert store.find(mine.key) == mine
    assert store.find(theirs.key) == theirs
    assert (store.count_of(CITY), store.count_of(TOWN)) == (1, 1)


def test_lists_begin_with_what_was_published_last(store: SqliteProgrammeStore) -> None:
    for number in range(5):
        store.publish(version(str(number)))
    store.publish(version("1", requester=TOWN, programme="town/relief"))
    first = store.page(Wanted(), None, 4)
    assert [one.key.version for one in first] == ["1", "4", "3", "2"]
    rest = store.page(Wanted(), first[-1].number, 4)
    assert [one.key.version for one in rest] == ["1", "0"]
    assert {one.key.requester for one in store.page(Wanted(requester=TOWN), None, 9)} == {TOWN}
    assert len(store.page(Wanted(programme="city/support"), None, 9)) == 5
    assert store.page(Wanted("city/support", TOWN), None, 9) == ()


def test_a_store_of_the_version_before_gets_a_place_for_programmes(path: Path) -> None:
    SqliteRunStore(path).close()
    db = sqlite3.connect(path)
    db.execute("DROP TABLE programmes")
    db.execute("PRAGMA user_version=2")
    db.execute("INSERT INTO cards VALUES ('tax', x'00', 1)")
    db.commit()
    db.close()
    store = SqliteProgrammeStore(path)
    assert store.publish(version("1")).number == 1
    store.close()
    runs = SqliteRunStore(path)
    assert runs.card(AgencyId("tax")) == b"\x00"
    runs.close()
