"""Random programmes of persons and households, decided on real ciphertexts of every scheme."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from matcher.core.errors import DegeneratePredicate, UnsupportedPredicate
from matcher.core.plan import compile_plan, encode_answers
from matcher.core.reference import reference_decisions
from matcher.core.scheme import ColumnKind, Scheme
from tests.answers_of_agencies import answers_of, spread
from tests.programmes_of_tests import DAY
from tests.property.test_plans_of_random_programmes import Drawn, population, programmes
from tests.scheme_runs import CAMPAIGN, HOMOMORPHIC, decided

# A chunk is filled where a slot costs nothing; where it costs a lot, a few people have to do: fewer
# in a campaign, whose keys are as long as those of runs.
SLOTS = {Scheme.PAILLIER: 4 if CAMPAIGN else 12}
EXAMPLES = {Scheme.BGV: 20, Scheme.BFV: 8, Scheme.CKKS: 8, Scheme.PAILLIER: 12}
if CAMPAIGN:
    EXAMPLES = {Scheme.BGV: 500, Scheme.BFV: 200, Scheme.CKKS: 200, Scheme.PAILLIER: 40}
KEYS = 20


@pytest.mark.parametrize("kind", [ColumnKind.DECISION, ColumnKind.ATTRIBUTE])
@pytest.mark.parametrize("scheme", HOMOMORPHIC)
def test_encrypted_answers_decide_what_a_programme_means(scheme: Scheme, kind: ColumnKind) -> None:
    one_hot = kind is ColumnKind.ATTRIBUTE
    examples = EXAMPLES[scheme] // (2 if one_hot else 1)
    carried = 0

    @settings(
        max_examples=examples,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    @given(
        drawn=programmes(agencies=2, for_attributes=one_hot),
        seed=st.integers(0, 2**32 - 1),
        number=st.integers(0, KEYS - 1) if CAMPAIGN else st.just(0),
    )
    def decide(drawn: Drawn, seed: int, number: int) -> None:
        nonlocal carried
        _compare(drawn, scheme, kind, seed, number)
        carried += 1

    decide()
    assert carried >= examples, "most programmes were refused"


def _compare(drawn: Drawn, scheme: Scheme, kind: ColumnKind, seed: int, number: int) -> None:
    try:
        plan = compile_plan(drawn.programme, bytes(32), scheme, kind, DAY, agencies=drawn.agencies)
    except (DegeneratePredicate, UnsupportedPredicate):
        reject()
    rng = np.random.default_rng(seed)
    slots = SLOTS.get(scheme, plan.chunk_slots)
    table, grouping = population(drawn.programme, rng, slots)
    rows = len(next(iter(table.values())))
    answers = answers_of(plan, table, spread(plan, rows, rng), grouping)
    columns = {}
    for question, codes in zip(plan.questions, answers, strict=True):
        columns |= encode_answers(plan, question, codes)
    meant = reference_decisions(drawn.programme, DAY, table, grouping)
    assert np.array_equal(decided(plan, columns, number), meant)
