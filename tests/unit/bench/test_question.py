from __future__ import annotations

import pytest

from bench.question import (
    CATALOGUE_FILE,
    GRANTS_FILE,
    REQUESTER,
    attribute_of,
    catalogue,
    programme_for,
    roles,
    spelt_out,
)
from matcher.core.errors import InvalidConfiguration, InvalidPredicate
from matcher.core.identifiers import AgencyId, Role
from matcher.language import load_catalogue, load_grants, load_programme
from programmes import programme_path


def test_eight_agencies_hold_one_attribute_each() -> None:
    assert len(set(roles())) == 8
    assert [attribute_of(role).partition(".")[0] for role in roles()] == list(roles())
    assert load_catalogue(CATALOGUE_FILE) == catalogue()


def test_every_attribute_may_be_asked_for() -> None:
    grants = load_grants(GRANTS_FILE)
    for role in roles():
        programme = programme_for(spelt_out("all", 8))
        items = programme.items()[role]
        day = programme.valid_from
        grants.check(REQUESTER, programme.affair, AgencyId(role), items, day, procedure="")


def test_two_agencies_are_asked_what_the_benchmark_programme_asks() -> None:
    shipped = load_programme(programme_path("benchmark/support"))
    assert programme_for(spelt_out("all", 2)).eligible == shipped.eligible
    for name, attribute in shipped.catalogue.attributes.items():
        own = catalogue().attributes[name]
        assert (own.low, own.high, own.absent) == (attribute.low, attribute.high, attribute.absent)


@pytest.mark.parametrize("agencies", range(2, 9))
@pytest.mark.parametrize("word", ["all", "any"])
def test_words_ask_as_many_agencies_as_they_are_given(word: str, agencies: int) -> None:
    assert set(programme_for(spelt_out(word, agencies)).items()) == set(roles()[:agencies])


@pytest.mark.parametrize("agencies", [1, 9])
def test_there_are_two_to_eight_agencies(agencies: int) -> None:
    with pytest.raises(InvalidConfiguration, match="2 to 8"):
        spelt_out("all", agencies)


def test_a_predicate_names_what_the_catalogue_has() -> None:
    with pytest.raises(InvalidPredicate) as refused:
        programme_for("tax.income_bracket <= 3 && school.levels <= 3")
    assert refused.value.where == "predicate:28"
    assert attribute_of(Role("school")) in refused.value.fix
