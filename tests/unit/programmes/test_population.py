from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from matcher.core.catalogue import Attribute, AttributeType, Catalogue
from matcher.core.errors import InvalidConfiguration, InvalidFile
from matcher.core.identifiers import AttributeName
from matcher.core.programme import Unit
from matcher.language import load_catalogue
from programmes import programme_path
from programmes.population import Population, draw

INCOME, GRADE, AID = (
    AttributeName(name) for name in ("tax.income", "welfare.grade", "welfare.aid")
)
CATALOGUE = Catalogue(
    "region",
    {
        INCOME: Attribute(INCOME, AttributeType.INTEGER, 0, 1000),
        GRADE: Attribute(GRADE, AttributeType.INTEGER, 0, 6),
        AID: Attribute(AID, AttributeType.BOOLEAN, 0, 1),
    },
)
FILE = """\
attribute,value,to,weight,per,source
members,1,,1,household,census
members,3,,2,household,census
members,12,,1,household,census
tax,present,,90,member,illustrative
tax,absent,,10,member,illustrative
tax.income,0,,1,member,statistics
tax.income,100,199,3,member,statistics
welfare.grade,1,,8,member,illustrative
welfare.grade,6,,1,member,illustrative
welfare.grade,,,1,member,illustrative
welfare.aid,true,,1,household,statistics
welfare.aid,false,,1,household,statistics
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "proportions.csv"
    path.write_text(FILE, encoding="utf-8")
    return path


def _same(first: Population, second: Population) -> bool:
    return first.subjects == second.subjects and all(
        np.array_equal(first.table[name].codes, second.table[name].codes)
        and np.array_equal(first.table[name].present, second.table[name].present)
        for name in first.table
    )


def test_the_same_seed_gives_the_same_people(file: Path) -> None:
    first = draw(CATALOGUE, 500, 7, proportions=file)
    assert _same(first, draw(CATALOGUE, 500, 7, proportions=file))
    assert not _same(first, draw(CATALOGUE, 500, 8, proportions=file))


def test_an_attribute_does_not_depend_on_the_others_being_asked_for(file: Path) -> None:
    alone = Catalogue("region", {INCOME: CATALOGUE.attributes[INCOME]})
    all_of_it = draw(CATALOGUE, 500, 7, proportions=file).table[INCOME]
    only_it = draw(alone, 500, 7, proportions=file).table[INCOME]
    assert np.array_equal(all_of_it.codes, only_it.codes)
    assert np.array_equal(all_of_it.present, only_it.present)


def test_people_follow_the_shares(file: Path) -> None:
    people = draw(CATALOGUE, 20_000, 1, proportions=file)
    assert len(set(people.subjects)) == 20_000
    assert people.grouping is None
    assert people.sizes.tolist() == [1] * 20_000
    income, grade = people.table[INCOME], people.table[GRADE]
    assert income.present.mean() == pytest.approx(0.9, abs=0.02)
    known = income.codes[income.present]
    assert np.mean(known == 0) == pytest.approx(0.25, abs=0.02)
    assert set(np.unique(known)) == {0, *range(100, 200)}
    assert grade.present.mean() == pytest.approx(0.9, abs=0.02)
    assert set(np.unique(grade.codes[grade.present])) == {1, 6}
    assert not income.codes[~income.present].any()


def test_a_missing_record_hides_every_attribute_of_its_agency(file: Path) -> None:
    file.write_text(FILE.replace("welfare.aid", "tax.aid"), encoding="utf-8")
    aid = AttributeName("tax.aid")
    catalogue = Catalogue(
        "region",
        {
            INCOME: CATALOGUE.attributes[INCOME],
            aid: Attribute(aid, AttributeType.BOOLEAN, 0, 1),
        },
    )
    table = draw(catalogue, 1000, 1, proportions=file).table
    assert np.array_equal(table[INCOME].present, table[aid].present)


def test_households_have_members_in_a_row(file: Path) -> None:
    homes = draw(CATALOGUE, 4000, 3, Unit.HOUSEHOLD, proportions=file)
    assert homes.grouping is not None
    assert homes.grouping.groups == len(homes.subjects) == 4000
    assert np.all(np.diff(homes.grouping.group_of) >= 0)
    assert set(np.unique(homes.sizes)) == {1, 3, 12}
    assert np.mean(homes.sizes == 3) == pytest.approx(0.5, abs=0.03)
    assert all(len(values) == homes.sizes.sum() for values in homes.table.values())


def test_households_are_cut_to_the_programmes_size(file: Path) -> None:
    homes = draw(CATALOGUE, 100, 3, Unit.HOUSEHOLD, proportions=file, most_members=4)
    assert set(np.unique(homes.sizes)) == {1, 3, 4}


def test_members_share_what_is_drawn_per_household(file: Path) -> None:
    homes = draw(CATALOGUE, 200, 3, Unit.HOUSEHOLD, proportions=file)
    assert homes.grouping is not None
    group_of = homes.grouping.group_of
    first = np.searchsorted(group_of, np.arange(200))
    aid = homes.table[AID].codes
    assert np.array_equal(aid, aid[first][group_of])
    grade = homes.table[GRADE].codes
    assert not np.array_equal(grade, grade[first][group_of])


def test_what_is_no_statistics_is_labelled(file: Path) -> None:
    people = draw(CATALOGUE, 10, 3, proportions=file)
    assert people.illustrative == (GRADE,)
    assert people.sources == {
        INCOME: ("statistics",),
        GRADE: ("illustrative",),
        AID: ("statistics",),
    }


def test_households_need_shares_of_their_sizes(file: Path) -> None:
    lines = [line for line in FILE.splitlines() if not line.startswith("members")]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(InvalidConfiguration, match="how large households are") as caught:
        draw(CATALOGUE, 10, 3, Unit.HOUSEHOLD, proportions=file)
    assert "members,2,,1,household" in caught.value.fix


def test_a_catalogue_without_proportions_is_refused() -> None:
    with pytest.raises(InvalidFile, match="comes with the package"):
        draw(CATALOGUE, 10, 3)


def test_the_surveys_people_are_drawn_as_they_are() -> None:
    catalogue = load_catalogue(programme_path("nmes1988/catalogue"))
    people = draw(catalogue, 20_000, 5)
    income = people.table[AttributeName("tax.income_usd")]
    assert income.present.all()
    assert np.mean(income.codes <= 5447) == pytest.approx(443 / 4406, abs=0.01)
    assert people.illustrative == ()
    assert all("1987" in source for sources in people.sources.values() for source in sources)
    assert _same(people, draw(catalogue, 20_000, 5))


def test_the_city_and_the_benchmark_share_their_proportions() -> None:
    city, benchmark = (
        draw(load_catalogue(programme_path(f"{name}/catalogue")), 1000, 5)
        for name in ("city", "benchmark")
    )
    assert _same(city, benchmark)
    assert city.illustrative == (AttributeName("tax.income_bracket"),)
