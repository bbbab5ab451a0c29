from __future__ import annotations

from pathlib import Path

import numpy as np

from bench.question import CATALOGUE_FILE, attribute_of, catalogue, roles
from bench.town import draw_town
from clients.provider.tables import TableSource, load_table
from matcher.core.identifiers import Role
from matcher.language import load_catalogue
from programmes.synthetic import BRACKET, GRADE, synthetic_city

TAX, WELFARE, CARE = Role("tax"), Role("welfare"), Role("care")


def test_the_first_two_agencies_know_the_synthetic_city() -> None:
    town = draw_town({TAX: 500, WELFARE: 500}, 3)
    city = synthetic_city(500, 3)
    assert town.subjects == city.subjects
    for name in (BRACKET, GRADE):
        assert np.array_equal(town.table[name].codes, city.table[name].codes)
        assert np.array_equal(town.table[name].present, city.table[name].present)


def test_an_agency_knows_as_many_as_it_is_asked_about() -> None:
    town = draw_town({TAX: 300, CARE: 40}, 3)
    assert len(town.subjects) == 300
    assert len(town.table[attribute_of(CARE)].codes) == 40
    assert set(town.first(40)) == set(town.table)
    assert set(town.first(41)) == {BRACKET}
    assert np.array_equal(town.first(7)[BRACKET].codes, town.table[BRACKET].codes[:7])


def test_every_value_occurs_and_some_residents_are_unknown() -> None:
    town = draw_town(dict.fromkeys(roles(), 2000), 3)
    for name, attribute in catalogue().attributes.items():
        values = town.table[name]
        known = values.codes[values.present]
        assert set(known) == set(range(attribute.low, attribute.high + 1))
        assert 0 < np.count_nonzero(~values.present) < 200


def test_two_agencies_do_not_know_the_same_and_a_seed_decides() -> None:
    first, second = (draw_town(dict.fromkeys(roles(), 200), seed) for seed in (3, 4))
    again = draw_town(dict.fromkeys(roles(), 200), 3)
    seen = [first.table[name].codes.tobytes() for name in first.table]
    assert len(set(seen)) == len(seen)
    for name in first.table:
        assert np.array_equal(first.table[name].codes, again.table[name].codes)
        assert not np.array_equal(first.table[name].codes, second.table[name].codes)


def test_agencies_read_their_files(tmp_path: Path) -> None:
    town = draw_town({TAX: 300, CARE: 40}, 3)
    files = town.write(tmp_path)
    for role, count in ((TAX, 300), (CARE, 40)):
        name = attribute_of(role)
        source = TableSource(files[role], "person", {name: name.partition(".")[2]})
        table = load_table(source, load_catalogue(CATALOGUE_FILE))
        assert len(table) == np.count_nonzero(town.table[name].present) <= count
