"""Control slots in chunks of 64: a quarter of every chunk, and all there is to one person's run."""

from __future__ import annotations

import numpy as np
import pytest

from matcher.core.controls import CANARIES_PER_CHUNK, check_controls, expected, seat
from matcher.core.scheme import ColumnKind, Scheme
from matcher.core.verdict import Verdict, verdicts_of
from tests.programmes_of_tests import plan_of

TEXT = "tax.bracket <= 3 && welfare.grade in [1, 2] && school.year != 6"
KINDS = (ColumnKind.DECISION, ColumnKind.ATTRIBUTE)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("subjects", "chunks"), [(1, 1), (48, 1), (49, 2), (500, 11)], ids=str)
def test_whatever_the_cohort_its_chunks_are_full_and_its_controls_pass(
    kind, subjects, chunks
) -> None:
    plan = plan_of(TEXT, kind, scheme=Scheme.PAILLIER)
    assert plan.chunk_slots == 64
    seating = seat(plan, subjects, np.random.default_rng(subjects).bytes)
    assert len(seating.chunks) == chunks
    assert len(set(seating.slot_of.tolist())) == subjects
    check_controls(plan, seating.chunks)
    for chunk in seating.chunks:
        assert len(chunk.slots) >= CANARIES_PER_CHUNK
        verdicts = verdicts_of(expected(plan, chunk)).tolist()
        assert {Verdict.ELIGIBLE, Verdict.INELIGIBLE} <= set(verdicts)
    assert sum(len(chunk.slots) for chunk in seating.chunks) + subjects == 64 * chunks
