from __future__ import annotations

from datetime import date
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from clients.designer.trying import Way, answers_to, try_cases
from fusuma.harness import Harness, _chunks, _slots
from matcher.core.ckks_parameters import CkksParameters
from matcher.core.errors import InvalidConfiguration
from matcher.core.plan import compile_plan
from matcher.core.programme import Case, Programme
from matcher.core.reference import reference_decisions
from matcher.core.scheme import COLUMN_KINDS, ColumnKind, Scheme
from matcher.core.verdict import Verdict
from matcher.language import bundle_digest, dump_bundle, load_programme
from programmes import programme_path
from programmes.population import draw
from tests.designer_files import write_household, write_person

DAY = date(2026, 6, 1)
WAYS = (
    Way(Scheme.CLEAR, ColumnKind.DECISION),
    Way(Scheme.CLEAR, ColumnKind.VALUE),
    Way(Scheme.BGV, ColumnKind.DECISION),
    Way(Scheme.BFV, ColumnKind.DECISION),
    Way(Scheme.CKKS, ColumnKind.DECISION),
    Way(Scheme.ENCLAVE, ColumnKind.VALUE),
)


@pytest.fixture(scope="module")
def person(tmp_path_factory: pytest.TempPathFactory) -> Programme:
    return load_programme(write_person(tmp_path_factory.mktemp("person")))


@pytest.fixture(scope="module")
def household(tmp_path_factory: pytest.TempPathFactory) -> Programme:
    return load_programme(write_household(tmp_path_factory.mktemp("household")))


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.text)
def test_tiers_come_out_of_every_scheme_as_the_rule_says(person: Programme, way: Way) -> None:
    trials = try_cases(person, person.cases, DAY, [way], Harness())
    assert all(trial.passed for trial in trials)
    assert {trial.ways[way].outcome for trial in trials} == {"full", "half", None}


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.text)
def test_households_come_out_of_every_scheme_as_the_rule_says(
    household: Programme, way: Way
) -> None:
    trials = try_cases(household, household.cases, DAY, [way], Harness())
    assert all(trial.passed for trial in trials)
    assert len({trial.ways[way].verdict for trial in trials}) == 3


@pytest.mark.parametrize("scheme", [Scheme.BGV, Scheme.BFV, Scheme.CKKS])
def test_one_hot_columns_are_selected_from_encrypted(scheme: Scheme, tmp_path: Path) -> None:
    path = write_person(
        tmp_path,
        ("tax.income <= params.limit", "welfare.grade <= 2"),
        ("parameters:\n  limit: {2026-04-01: 20, 2026-10-01: 30}\n", ""),
    )
    text = path.read_text(encoding="utf-8")
    head, _, _ = text.partition("outcomes:\n")
    path.write_text(head, encoding="utf-8")
    programme = load_programme(path)
    names = list(programme.catalogue.attributes)
    cases = [
        Case("somebody", (dict(zip(names, codes, strict=True)),), Verdict.ELIGIBLE)
        for codes in product((None, 0, 2, 3, 6), (None, 0, 1, 2))
    ]
    way = Way(scheme, ColumnKind.ATTRIBUTE)
    trials = try_cases(programme, cases, DAY, [way], Harness())
    assert all(trial.ways[way] == trial.decided for trial in trials)
    assert len({trial.decided.verdict for trial in trials}) == 2


@pytest.mark.parametrize("scheme", [Scheme.BGV, Scheme.ENCLAVE])
def test_more_subjects_than_slots_take_several_chunks(scheme: Scheme) -> None:
    programme = load_programme(programme_path("benchmark/support"))
    digest = bundle_digest(dump_bundle(programme))
    plan = compile_plan(programme, digest, scheme, COLUMN_KINDS[scheme][0], DAY)
    subjects = 2 * plan.chunk_slots + 3
    people = draw(programme.catalogue, subjects, 1)
    decided = Harness().decide(plan, answers_to(plan, people.table))
    assert decided.shape == (subjects,)
    assert np.array_equal(decided, reference_decisions(programme, DAY, people.table))
    assert len(set(decided[plan.chunk_slots :].tolist())) > 1


def test_a_slot_that_costs_a_lot_is_not_filled_up() -> None:
    programme = load_programme(programme_path("benchmark/support"))
    plan = compile_plan(programme, bytes(32), Scheme.PAILLIER, ColumnKind.DECISION, DAY)
    table = draw(programme.catalogue, 3, 15).table
    expected = reference_decisions(programme, DAY, table)
    assert set(expected.tolist()) == {0, 1}
    assert np.array_equal(Harness().decide(plan, answers_to(plan, table)), expected)
    assert (plan.chunk_slots, _slots(plan, 3)) == (64, 3)


@pytest.mark.parametrize(("subjects", "slots"), [(1, 1), (64, 64), (65, 33), (128, 64), (500, 63)])
def test_chunks_of_few_slots_are_equally_long(subjects: int, slots: int) -> None:
    programme = load_programme(programme_path("benchmark/support"))
    plan = compile_plan(programme, bytes(32), Scheme.PAILLIER, ColumnKind.DECISION, DAY)
    assert _slots(plan, subjects) == slots
    assert [len(chunk[0]) for chunk in _chunks([np.arange(subjects)], slots)] == [slots] * -(
        -subjects // 64
    )


def test_a_key_opens_no_more_than_its_scheme_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CkksParameters, "most_decryptions", 2)
    programme = load_programme(programme_path("benchmark/support"))
    plan = compile_plan(programme, bytes(32), Scheme.CKKS, ColumnKind.DECISION, DAY)
    table = draw(programme.catalogue, 4 * plan.chunk_slots + 1, 1).table
    decided = Harness().decide(plan, answers_to(plan, table))
    assert np.array_equal(decided, reference_decisions(programme, DAY, table))


@pytest.mark.parametrize("scheme", [Scheme.CLEAR, Scheme.BGV])
def test_nobody_is_refused(person: Programme, scheme: Scheme) -> None:
    plan = compile_plan(person, bytes(32), scheme, ColumnKind.DECISION, DAY)
    with pytest.raises(InvalidConfiguration, match="nobody"):
        Harness().decide(plan, [np.zeros(0, dtype=np.int32) for _ in plan.questions])
