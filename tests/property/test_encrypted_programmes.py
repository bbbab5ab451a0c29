"""Random programmes of persons and households, decided on real ciphertexts."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from clients.schemes.bgv import BgvEncryptor, BgvSecretKey
from matcher.core.circuit import columns_of
from matcher.core.errors import DegeneratePredicate, TooDeep, UnsupportedPredicate
from matcher.core.plan import compile_plan, decisions_from, encode_answers
from matcher.core.reference import reference_decisions
from matcher.core.scheme import ColumnKind, Scheme
from matcher.schemes.bgv import BgvEvaluator
from tests.answers_of_agencies import answers_of, spread
from tests.programmes_of_tests import DAY
from tests.property.test_plans_of_random_programmes import Drawn, population, programmes

NONCE = bytes(32)


@settings(
    max_examples=max(settings.default.max_examples // 12, 20),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(drawn=programmes(agencies=2), seed=st.integers(0, 2**32 - 1))
def test_encrypted_answers_decide_what_a_programme_means(drawn: Drawn, seed: int) -> None:
    try:
        plan = compile_plan(
            drawn.programme,
            bytes(32),
            Scheme.BGV,
            ColumnKind.DECISION,
            DAY,
            agencies=drawn.agencies,
        )
    except (UnsupportedPredicate, DegeneratePredicate, TooDeep):
        reject()
    rng = np.random.default_rng(seed)
    table, grouping = population(drawn.programme, rng, plan.chunk_slots)
    rows = len(next(iter(table.values())))
    answers = answers_of(plan, table, spread(plan, rows, rng), grouping)
    assert plan.parameters is not None
    key = BgvSecretKey.generate(plan.parameters, NONCE)
    encryptor = BgvEncryptor(plan.parameters, NONCE, key.public_key())
    columns = {
        number: encryptor.encrypt(vector)
        for question, codes in zip(plan.questions, answers, strict=True)
        for number, vector in encode_answers(plan, question, codes).items()
    }
    multiplies = len(plan.parameters.primes) > 2
    evaluation_key = key.evaluation_key() if multiplies else None
    evaluator = BgvEvaluator(plan.parameters, NONCE, key.public_key(), evaluation_key)
    outputs = []
    for circuit in plan.circuits:
        needed = {number: columns[number] for number in columns_of(circuit)}
        outputs.append(key.decrypt(evaluator.evaluate(circuit, needed)))
    meant = reference_decisions(drawn.programme, DAY, table, grouping)
    assert np.array_equal(decisions_from(plan, outputs), meant)
