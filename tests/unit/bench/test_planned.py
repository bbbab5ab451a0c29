from __future__ import annotations

from dataclasses import replace

import pytest

from bench.planned import chunks_of, planned
from bench.results import NotMeasured
from clients.requester.draft import PreparedProgramme
from matcher.core.scheme import COLUMN_KINDS, ColumnKind, Scheme
from tests.bench_results import scenario

EITHER = "tax.income_bracket <= 3 || welfare.disability_grade in [1, 2]"


@pytest.mark.parametrize(
    ("scheme", "kind"),
    [(scheme, kind) for scheme, kinds in COLUMN_KINDS.items() for kind in kinds],
)
def test_a_conjunction_compiles_under_every_scheme(scheme: Scheme, kind: ColumnKind) -> None:
    found = planned(scenario(scheme=scheme, column_kind=kind))
    assert isinstance(found, PreparedProgramme)
    assert (found.plan.scheme, found.plan.column_kind) == (scheme, kind)


def test_what_a_scheme_cannot_run_is_found_out_with_the_reason() -> None:
    refused = replace(scenario(scheme=Scheme.PAILLIER), predicate=EITHER)
    found = planned(refused)
    assert isinstance(found, NotMeasured)
    assert found.scenario == refused
    assert "Paillier" in found.reason


def test_parameters_that_do_not_carry_a_predicate_are_found_out() -> None:
    found = planned(replace(scenario(parameters="bgv-8192-104"), predicate=EITHER))
    assert isinstance(found, NotMeasured)
    named = planned(replace(scenario(parameters="bgv-8192-192"), predicate=EITHER))
    assert isinstance(named, PreparedProgramme)
    assert named.plan.parameters is not None
    assert named.plan.parameters.name == "bgv-8192-192"


def test_more_outputs_than_a_key_may_open_are_not_measured() -> None:
    few = planned(scenario(scheme=Scheme.CKKS))
    assert isinstance(few, PreparedProgramme)
    many = planned(scenario(scheme=Scheme.CKKS, subjects=5_000_000))
    assert isinstance(many, NotMeasured)
    assert "opens at most 1024 outputs" in many.reason


def test_a_library_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matcher.schemes.installed.find_spec", lambda _: None)
    found = planned(scenario(scheme=Scheme.PAILLIER))
    assert isinstance(found, NotMeasured)
    assert "not installed" in found.reason


def test_control_slots_take_room() -> None:
    found = planned(scenario())
    assert isinstance(found, PreparedProgramme)
    assert [chunks_of(found.plan, count) for count in (1, 8176, 8177)] == [1, 1, 2]
