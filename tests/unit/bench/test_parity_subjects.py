from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from bench.parity_subjects import Scene, main_day, scenes_of
from matcher.core.boundaries import boundary_cases
from matcher.core.normal import normal_form
from matcher.core.programme import Programme
from matcher.core.reference import reference_decisions
from matcher.core.verdict import verdicts_of
from matcher.language import load_programme
from programmes import programme_path

NAMES = ("city/support", "kurume/nursery-loan", "tomakomai/heating-oil")
SUBJECTS = 300


@pytest.fixture(params=NAMES)
def programme(request: pytest.FixtureRequest) -> Programme:
    return load_programme(programme_path(request.param))


def _same(one: Scene, other: Scene) -> bool:
    return np.array_equal(one.expected, other.expected) and all(
        np.array_equal(values.codes, other.table[name].codes)
        and np.array_equal(values.present, other.table[name].present)
        for name, values in one.table.items()
    )


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("city/support", date(2026, 4, 1)),
        ("akita/newlywed", date(2026, 10, 1)),
        ("national/disability-allowance", date(2026, 6, 1)),
    ],
)
def test_limits_count_on_the_day_of_most_examples(name: str, day: date) -> None:
    assert main_day(load_programme(programme_path(name))) == day


def test_examples_limits_and_a_population_are_there(programme: Programme) -> None:
    scenes = scenes_of(programme, SUBJECTS, 1)
    day = main_day(programme)
    limits = [
        case
        for condition in {programme.predicate_on(day), *programme.tiers_on(day)}
        for case in boundary_cases(
            normal_form(condition), programme.catalogue.attributes, programme.most_members
        )
    ]
    assert sum(scene.listed for scene in scenes) == len(programme.cases) + len(limits)
    assert sum(scene.subjects - scene.listed for scene in scenes) == SUBJECTS


def test_examples_come_first_and_are_expected_as_their_designer_says(programme: Programme) -> None:
    main = main_day(programme)
    for scene in scenes_of(programme, SUBJECTS, 1):
        cases = [case for case in programme.cases if (case.day or main) == scene.day]
        verdicts = verdicts_of(scene.expected[: len(cases)])
        assert verdicts.tolist() == [case.expect for case in cases]


def test_the_same_seed_gives_the_same_subjects(programme: Programme) -> None:
    scenes = scenes_of(programme, SUBJECTS, 1)
    assert all(map(_same, scenes, scenes_of(programme, SUBJECTS, 1)))
    assert not all(map(_same, scenes, scenes_of(programme, SUBJECTS, 2)))


def test_a_part_of_the_subjects_is_decided_as_in_the_whole(programme: Programme) -> None:
    for scene in scenes_of(programme, SUBJECTS, 1):
        cut = scene.subjects // 3
        parts = [scene.between(0, cut), scene.between(cut, scene.subjects)]
        assert sum(part.listed for part in parts) == scene.listed
        for part in parts:
            again = reference_decisions(programme, part.day, part.table, part.grouping)
            assert np.array_equal(again, part.expected)
        together = np.concatenate([part.expected for part in parts])
        assert np.array_equal(together, scene.expected)
