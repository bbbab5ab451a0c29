from __future__ import annotations

import pytest

from clients.designer.noticing import Fate, judge
from clients.designer.programme_edits import mutants_of, unseen_values
from matcher.language import load_programme_with_places
from programmes import programme_path
from tests.shipped import DAY, NAMES

# Changes that no subject on any day of an example can tell from the rule, by what they change to.
EQUIVALENT = {
    "akita/newlywed": 1,  # two of at most two, or at least two
    "city/relief": 1,  # bracket 0, or at most 0
}


@pytest.mark.parametrize("name", NAMES)
def test_every_change_of_a_rule_is_noticed_by_an_example(name: str) -> None:
    programme, places = load_programme_with_places(programme_path(name))
    days = sorted({case.day or DAY for case in programme.cases})
    found = judge(programme, mutants_of(programme, places, days), DAY)
    assert [(one.mutant.what, one.mutant.where, one.fate) for one in found if one.survives] == []
    assert sum(one.fate is Fate.EQUIVALENT for one in found) == EQUIVALENT.get(name, 0)
    assert sum(one.fate is Fate.NOTICED for one in found) > 5


@pytest.mark.parametrize("name", NAMES)
def test_every_value_of_a_parameter_counts_on_the_day_of_an_example(name: str) -> None:
    programme, places = load_programme_with_places(programme_path(name))
    days = sorted({case.day or DAY for case in programme.cases})
    assert list(unseen_values(programme, places, days)) == []
