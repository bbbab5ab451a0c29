"""What the parties of a plaintext run send each other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bench.plaintext.messages import (
    SUBJECTS_A_MESSAGE,
    Asked,
    decode_answers,
    decode_asked,
    encode_answers,
    encode_asked,
)
from bench.planned import planned
from bench.question import spelt_out
from bench.results import NotMeasured
from bench.scenario import Scenario
from matcher.core.catalogue import Attribute, AttributeType
from matcher.core.errors import InvalidFile
from matcher.core.identifiers import AttributeName
from matcher.core.plan import Plan
from matcher.core.roster import CODE_BYTES
from matcher.core.scheme import ColumnKind, Scheme
from matcher.wire.message_size import LARGEST_MESSAGE_BYTES


def asked(kind: ColumnKind = ColumnKind.DECISION, subjects: int = 5) -> tuple[Asked, Plan]:
    predicate = spelt_out("all", 2)
    prepared = planned(Scenario("s", "s", Scheme.CLEAR, kind, subjects, 2, predicate, None, 1))
    assert not isinstance(prepared, NotMeasured)
    day = prepared.plan.reference_date.isoformat()
    return Asked(prepared.bundle.decode(), kind, day, subjects), prepared.plan


@pytest.mark.parametrize("kind", ColumnKind)
def test_everybody_compiles_the_requesters_plan(kind: ColumnKind) -> None:
    said, plan = asked(kind)
    received = decode_asked(encode_asked(said))
    assert received == said
    assert received.plan().digest == plan.digest


@pytest.mark.parametrize("message", [b"", b"nonsense", b"[]", b'{"bundle": 1}'])
def test_anything_else_is_not_a_question(message: bytes) -> None:
    with pytest.raises(InvalidFile, match="what is asked"):
        decode_asked(message)


@pytest.mark.parametrize("subjects", [1, SUBJECTS_A_MESSAGE, SUBJECTS_A_MESSAGE + 1, 150_000])
def test_every_subject_is_in_one_message(subjects: int) -> None:
    parts = list(asked(subjects=subjects)[0].messages())
    assert [place for part in parts for place in range(part.start, part.stop)] == list(
        range(subjects)
    )
    assert all(part.stop - part.start <= SUBJECTS_A_MESSAGE for part in parts)


def test_a_message_of_link_codes_is_not_too_large() -> None:
    assert SUBJECTS_A_MESSAGE * CODE_BYTES < 1 << 20 < LARGEST_MESSAGE_BYTES


@pytest.mark.parametrize("kind", ColumnKind)
def test_answers_arrive_as_they_were_given(kind: ColumnKind) -> None:
    plan = asked(kind)[1]
    random = np.random.default_rng(3)
    answers = [
        random.integers(one.answer_count, size=9, dtype=np.int32) + one.lowest_answer
        for one in plan.questions
    ]
    message = encode_answers(plan.questions, answers)
    assert len(message) == 9 * len(plan.questions)
    arrived = decode_answers(plan.questions, message, 9)
    for question, given in zip(plan.questions, answers, strict=True):
        np.testing.assert_array_equal(arrived[question.index], given)


def test_a_value_of_a_wide_domain_takes_four_bytes() -> None:
    question = asked(ColumnKind.VALUE)[1].questions[0]
    wide = Attribute(AttributeName("tax.income"), AttributeType.INTEGER, -70_000, 70_000)
    question = replace(question, attribute=wide, answer_count=140_002)
    given = np.array([-70_000, 0, 70_001], dtype=np.int32)
    message = encode_answers([question], [given])
    assert len(message) == 12
    np.testing.assert_array_equal(decode_answers([question], message, 3)[question.index], given)
