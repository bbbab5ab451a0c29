from __future__ import annotations

import pytest

from matcher.core.circuit import Circuit, Miss, Product, Sum
from matcher.core.errors import InvalidConfiguration, TooDeep
from matcher.core.parameter_choice import carries, why_not
from matcher.core.parameters import PARAMETER_SETS, parameter_set, parameter_sets
from matcher.core.plan import compile_plan
from matcher.core.scheme import HOMOMORPHIC_SCHEMES, ColumnKind, Scheme
from tests.programmes_of_tests import DAY, plan_of, programme_of

ADDS = "Paillier's scheme adds"
ROOM = "the predicate leaves too little room to hide its noise"
DEEP = " || ".join(f"(tax.dependants == {n} && welfare.grade == {n % 7})" for n in range(10))
EITHER = "tax.bracket == 0 || welfare.grade == 1"


def product(factors: int) -> Circuit:
    return Product(tuple(map(Miss, range(factors))))


def refusal(text: str, scheme: Scheme, parameters: str | None = None) -> TooDeep:
    programme = programme_of(text)
    with pytest.raises(TooDeep) as caught:
        compile_plan(
            programme, plan_of(text).digest, scheme, ColumnKind.DECISION, DAY, parameters=parameters
        )
    return caught.value


def test_a_scheme_that_only_adds_names_the_alternative_between_agencies() -> None:
    error = refusal(f"school.year == 1 && ({EITHER})", Scheme.PAILLIER)
    assert error.what.startswith(f"{EITHER}: {ADDS}")
    assert error.where == "test/programme"


def test_the_schemes_that_multiply_are_advised_where_they_carry_it() -> None:
    error = refusal(EITHER, Scheme.PAILLIER)
    assert error.fix.startswith("use the scheme bgv or bfv")
    assert error.fix.endswith("or the enclave scheme, which evaluates it")


def test_what_is_too_deep_for_all_is_left_to_the_enclave() -> None:
    for scheme in HOMOMORPHIC_SCHEMES:
        error = refusal(DEEP, scheme)
        assert error.what.startswith(f"{DEEP}: ")
        assert error.fix == (
            "use fewer alternatives between agencies, fewer classes, or the enclave scheme, which "
            "evaluates it"
        )


def test_a_scheme_that_multiplies_once_is_told_from_those_that_multiply_twice() -> None:
    thrice = f"{EITHER} || school.year == 1"
    error = refusal(thrice, Scheme.CKKS)
    assert "no parameter set of ckks at 128-bit security carries it: it multiplies 3" in error.what
    assert error.fix.startswith("use the scheme bgv or bfv, or the enclave scheme")


def test_a_scheme_for_research_is_never_advised() -> None:
    for scheme in HOMOMORPHIC_SCHEMES:
        assert "ckks" not in refusal(DEEP, scheme).fix
    assert "ckks" not in refusal(EITHER, Scheme.PAILLIER).fix


def test_a_counted_condition_is_a_product_too() -> None:
    counted = "at_least(2, [tax.bracket == 0, welfare.grade == 1, school.year == 1])"
    error = refusal(f"town.years > 3 && {counted}", Scheme.PAILLIER)
    assert error.what.startswith(f"{counted}: {ADDS}")


def test_a_conjunction_needs_no_product() -> None:
    plan = plan_of("tax.bracket <= 3 && welfare.grade in [1, 2]", scheme=Scheme.PAILLIER)
    assert plan.parameters is PARAMETER_SETS["paillier-3072"]
    assert plan.chunk_slots == plan.parameters.slots


def test_a_set_asked_for_by_name_says_why_it_does_not_do_and_which_does() -> None:
    error = refusal(EITHER, Scheme.BGV, "bgv-8192-104")
    assert error.what == f"{EITHER}: the parameter set bgv-8192-104 does not carry it: {ROOM}"
    assert error.fix == "leave the parameter set out, or use bgv-8192-152"


def test_a_larger_set_than_needed_may_be_asked_for() -> None:
    programme, digest = programme_of(EITHER), plan_of(EITHER).digest
    names = {
        compile_plan(
            programme, digest, Scheme.BGV, ColumnKind.DECISION, DAY, parameters=name
        ).parameters
        for name in (None, "bgv-8192-152", "bgv-8192-192")
    }
    assert names == {PARAMETER_SETS["bgv-8192-152"], PARAMETER_SETS["bgv-8192-192"]}


def test_what_carries_a_circuit_has_no_reason_against_it() -> None:
    (row,) = parameter_sets(Scheme.PAILLIER)
    assert carries(row, Sum((Miss(0), Miss(1))))
    assert not carries(row, product(2))
    assert why_not([row], product(2)).startswith(ADDS)


@pytest.mark.parametrize(
    ("name", "scheme", "what", "fix"),
    [
        pytest.param(
            "bgv-8192-10",
            Scheme.BGV,
            "the scheme bgv has no parameter set 'bgv-8192-10'",
            "did you mean bgv-8192-104?",
            id="a slip",
        ),
        pytest.param(
            "bgv-8192-152",
            Scheme.BFV,
            "the scheme bfv has no parameter set 'bgv-8192-152': it is one of bgv",
            "did you mean bfv-8192-152?",
            id="another scheme's",
        ),
        pytest.param(
            "large",
            Scheme.PAILLIER,
            "the scheme paillier has no parameter set 'large'",
            "known are paillier-3072",
            id="nothing like one",
        ),
        pytest.param(
            "bgv-8192-104",
            Scheme.ENCLAVE,
            "the scheme enclave has no parameter set 'bgv-8192-104': it is one of bgv",
            "leave it out: the scheme needs none",
            id="a scheme without any",
        ),
    ],
)
def test_an_unknown_set_is_refused_with_the_nearest(
    name: str, scheme: Scheme, what: str, fix: str
) -> None:
    with pytest.raises(InvalidConfiguration) as caught:
        parameter_set(name, scheme)
    assert (caught.value.what, caught.value.fix) == (what, fix)


def test_every_name_is_found_by_its_own_scheme() -> None:
    for row in PARAMETER_SETS.values():
        assert parameter_set(row.name, row.scheme) is row
        assert row.name.startswith(f"{row.scheme.value}-")
