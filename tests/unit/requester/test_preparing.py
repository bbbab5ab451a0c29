from __future__ import annotations

import pytest

from clients.requester.draft import PreparedProgramme, prepare
from matcher.core.errors import InvalidConfiguration, SchemeRefused, TooDeep
from matcher.core.scheme import HOMOMORPHIC_SCHEMES, ColumnKind, Scheme
from tests.programmes_of_tests import DAY, programme_of

CONJUNCTION = "tax.bracket <= 3 && welfare.grade in [1, 2]"


def prepared(scheme: Scheme, parameters: str | None = None) -> PreparedProgramme:
    programme = programme_of(CONJUNCTION)
    return prepare(programme, scheme, ColumnKind.DECISION, DAY, parameters=parameters)


@pytest.mark.parametrize("scheme", HOMOMORPHIC_SCHEMES)
def test_a_plan_has_parameters_of_its_scheme(scheme: Scheme) -> None:
    plan = prepared(scheme).plan
    assert plan.parameters is not None
    assert (plan.scheme, plan.parameters.scheme) == (scheme, scheme)


def test_an_enclave_always_gets_values() -> None:
    assert prepared(Scheme.ENCLAVE).plan.column_kind is ColumnKind.VALUE


def test_the_parameter_set_that_is_asked_for_is_taken() -> None:
    plan = prepared(Scheme.BGV, "bgv-8192-168").plan
    assert plan.parameters is not None
    assert plan.parameters.name == "bgv-8192-168"
    assert plan.digest != prepared(Scheme.BGV).plan.digest


def test_a_parameter_set_of_another_scheme_is_refused() -> None:
    with pytest.raises(InvalidConfiguration, match="it is one of bgv") as caught:
        prepared(Scheme.PAILLIER, "bgv-8192-104")
    assert caught.value.fix == "known are paillier-3072"


def test_a_scheme_that_only_adds_refuses_an_alternative_between_agencies() -> None:
    programme = programme_of("tax.bracket <= 3 || welfare.grade == 1")
    with pytest.raises(TooDeep, match="Paillier's scheme adds"):
        prepare(programme, Scheme.PAILLIER, ColumnKind.DECISION, DAY)


@pytest.mark.usefixtures("without_paillier")
def test_a_scheme_that_is_not_installed_is_refused_before_anything_is_compiled() -> None:
    with pytest.raises(SchemeRefused, match="paillier needs phe and gmpy2") as caught:
        prepared(Scheme.PAILLIER)
    assert "pip install '.[paillier]'" in caught.value.fix
