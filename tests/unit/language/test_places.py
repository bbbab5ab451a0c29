from __future__ import annotations

from pathlib import Path

import pytest

from matcher.core.errors import DegeneratePredicate
from matcher.language import Places, load_programme_with_places
from tests.language_scene import HOUSEHOLD, writer


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return load_programme_with_places(writer(tmp_path, HOUSEHOLD)())[1]


@pytest.mark.parametrize(
    ("key", "place"),
    [
        ("programme", ":1:12"),
        ("valid", ":10:8"),
        ("valid.to", ":10:31"),
        ("most_members", ":9:15"),
        ("params.limit", ":12:3"),
        ("absent.welfare.grade", ":16:3"),
        ("eligible", ":18:11"),
        ("outcomes.pays", ":22:9"),
        ("outcomes.full", ":24:7"),
        ("outcomes.full.when", ":26:13"),
        ("outcomes.half.amount", ":29:47"),
        ("tests.one of two", ":31:5"),
        ("tests.nobody.expect", ":37:41"),
    ],
)
def test_every_part_of_a_file_has_a_place(places: Places, key: str, place: str) -> None:
    assert places.of(key).endswith(f"programme.yaml{place}")


def test_what_the_file_lacks_is_in_the_file(places: Places) -> None:
    assert places.of("legal_basis") == places.file
    assert places.file.endswith("programme.yaml")


@pytest.mark.parametrize(
    ("key", "part", "place"),
    [
        ("eligible", "members.exists(m, m.welfare.grade", ":20:6"),
        ("eligible", "m.welfare.grade in [1,2]", ":20:24"),
        ("eligible", "!m.tax.taxed) && members.exists", ":19:18"),
        ("eligible", "m.tax.income", ":18:11"),
        ("outcomes.full.when", "m.tax.dependants", ":27:64"),
        ("outcomes.half.when", "anything", ""),
    ],
)
def test_a_part_of_a_condition_is_found_by_its_text(
    places: Places, key: str, part: str, place: str
) -> None:
    assert places.of_part(key, part).endswith(f"programme.yaml{place}")


def test_a_part_of_a_condition_is_shown_with_a_caret(places: Places) -> None:
    line = "    && members.exists(m, m.welfare.grade in [1, 2] || m.family.born <= params.born)"
    shown = places.shown("eligible", "m.family.born")
    assert shown.strip("\n").split("\n")[-1].strip() == "^"
    assert line.strip() in shown
    assert places.shown("eligible", "nowhere") == ""
    assert places.shown("outcomes.half.when", "anything") == ""


def test_an_error_is_located_unless_it_knows_its_place(places: Places) -> None:
    error = DegeneratePredicate("it never holds")
    places.locate(error, "eligible", "m.family.born <= params.born")
    assert error.where.endswith(":20:53")
    places.locate(error, "outcomes.full")
    assert error.where.endswith(":20:53")
    elsewhere = DegeneratePredicate("it never holds")
    places.locate(elsewhere, "outcomes.full")
    assert elsewhere.where.endswith(":24:7")
