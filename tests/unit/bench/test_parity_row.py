from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from bench.parity_row import Compared, Refused, Task, Way, carry_out
from bench.parity_subjects import scenes_of
from fusuma.harness import Answers, Harness
from matcher.core.errors import DecryptionRefused, RunFailed
from matcher.core.plan import Plan, evaluate_answers
from matcher.core.scheme import ColumnKind, Scheme
from matcher.language import load_programme
from matcher.schemes import installed
from programmes import programme_path

SUPPORT = Way("city/support", Scheme.CLEAR, ColumnKind.DECISION)
HOUSEHOLDS = Way("akita/newlywed", Scheme.CLEAR, ColumnKind.DECISION)
TASK = Task(SUPPORT, subjects=50, drawn=50, seed=1)


def _everybody(task: Task) -> int:
    programme = load_programme(programme_path(task.way.programme))
    return sum(scene.subjects for scene in scenes_of(programme, task.subjects, task.seed))


@pytest.mark.parametrize("way", [SUPPORT, HOUSEHOLDS], ids=lambda way: way.text)
def test_everybody_is_compared(way: Way) -> None:
    task = replace(TASK, way=way)
    assert carry_out(task) == Compared(way, (), _everybody(task), 0, None)


def test_a_row_names_its_parameters() -> None:
    way = replace(SUPPORT, scheme=Scheme.BGV)
    found = carry_out(replace(TASK, way=way))
    assert isinstance(found, Compared)
    assert (found.parameters, found.mismatches) == (("bgv-8192-104",), 0)


@pytest.mark.parametrize("parts", [2, 3, 7])
def test_parts_are_the_whole_and_nobody_twice(parts: int) -> None:
    task = replace(TASK, way=HOUSEHOLDS)
    found = [carry_out(replace(task, part=part, parts=parts)) for part in range(parts)]
    cases = [part.cases for part in found if isinstance(part, Compared)]
    assert sum(cases) == _everybody(task)
    assert max(cases) - min(cases) <= 1


def test_fewer_subjects_than_were_drawn_leave_examples_and_limits_in() -> None:
    fewer = carry_out(replace(TASK, subjects=10))
    assert isinstance(fewer, Compared)
    assert fewer.cases == _everybody(TASK) - 40


def test_a_plan_a_scheme_cannot_carry_is_refused_with_the_reason() -> None:
    found = carry_out(replace(TASK, way=replace(HOUSEHOLDS, kind=ColumnKind.ATTRIBUTE)))
    assert isinstance(found, Refused)
    assert "households has no attribute columns" in found.reason


def test_a_scheme_that_is_not_installed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installed, "find_spec", lambda _: None)
    found = carry_out(replace(TASK, way=replace(SUPPORT, scheme=Scheme.PAILLIER)))
    assert isinstance(found, Refused)
    assert "phe" in found.reason


def test_a_wrong_decision_is_counted_and_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(_: Harness, plan: Plan, answers: Answers) -> NDArray[np.uint8]:
        decisions = evaluate_answers(plan, answers)
        decisions[[3, 5]] = 7
        return decisions

    monkeypatch.setattr(Harness, "decide", wrong)
    found = carry_out(TASK)
    assert isinstance(found, Compared)
    assert found.mismatches == 2
    assert found.first is not None
    assert (found.first.subject, found.first.found) == (3, 7)


def test_what_cannot_be_decided_though_planned_names_the_row(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refused(*_: object) -> NDArray[np.uint8]:
        raise DecryptionRefused("a result cannot be opened")

    monkeypatch.setattr(Harness, "decide", refused)
    with pytest.raises(RunFailed, match=r"city/support, clear, decision columns: .*cannot be open"):
        carry_out(TASK)
