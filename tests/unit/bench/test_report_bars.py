"""Marks are reached, missed or not measured, and never reached by default."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.kernel_peer import KERNELS as MEASURED_KERNELS
from bench.peers.catalogue import PEERS
from bench.report.bars import CONCRETE, KERNELS, PSI, TENSEAL, Bar, Outcome, bars
from bench.report.interval import Interval
from bench.report.numerals import times
from bench.report.selection import comparable, in_the_clear, speaking_for
from bench.results import PeerMeasurement, Results
from bench.spread import Spread
from matcher.core.scheme import ColumnKind, Scheme
from tests.bench_results import measurement, results, scenario
from tests.benchmark_campaign import campaign


def peer(name: str, subjects: int, seconds: tuple[float, ...]) -> PeerMeasurement:
    spread = Spread.of(seconds)
    return PeerMeasurement(name, name, subjects, spread, spread, {}, "")


def bar_of(found: Results, part: str) -> Bar:
    (bar,) = (one for one in bars(found) if part in one.statement)
    return bar


def found_with(*peers: PeerMeasurement) -> Results:
    return replace(results(measurement(scenario(subjects=1000), 0.5)), peers=peers)


def test_a_peers_bar_is_the_ratio_of_rates_for_each_subject() -> None:
    # bgv: 1,000 subjects in 0.5 s (0.375 to 0.625); the peer: 10 in 100 s (80 to 120).
    bar = bar_of(found_with(peer(TENSEAL, 10, (100, 80, 120))), "TenSEAL")
    assert bar.measured == Interval(
        pytest.approx(20_000), pytest.approx(12_800), pytest.approx(32_000), repeated=True
    )
    assert bar.outcome is Outcome.REACHED
    assert not bar.certain


def test_the_kernels_are_compared_by_processor_time() -> None:
    # Four parties of 0.5 s for 1,000 subjects: 2 ms each; the kernels need 1 ms each.
    bar = bar_of(found_with(peer(KERNELS, 100, (0.1, 0.1))), "bare operations")
    assert bar.measured is not None
    assert bar.measured.middle == pytest.approx(2.0)
    assert bar.outcome is Outcome.MISSED
    assert bar.target == "at most 1.5×"


def test_a_skipped_peer_is_not_measured_for_its_own_reason() -> None:
    bar = bar_of(results(), "Concrete")
    assert bar.outcome is Outcome.NOT_MEASURED
    assert bar.measured is None
    assert "make bench-peers" in bar.basis


def test_a_peer_nobody_asked_for_is_not_measured() -> None:
    bar = bar_of(found_with(), "OpenMined")
    assert bar.outcome is Outcome.NOT_MEASURED
    assert "not asked for" in bar.basis


def test_without_bgv_no_bar_of_bgv_is_reached() -> None:
    only = replace(
        results(measurement(scenario(scheme=Scheme.CLEAR))),
        peers=(peer(TENSEAL, 1, (1e9, 1e9)),),
    )
    assert {bar.outcome for bar in bars(only)} == {Outcome.NOT_MEASURED}


@pytest.mark.parametrize(
    ("limit", "at_least", "outcome", "certain"),
    [
        (1.0, True, Outcome.REACHED, True),
        (1.5, True, Outcome.REACHED, False),
        (2.5, True, Outcome.MISSED, False),
        (5.0, True, Outcome.MISSED, True),
        (5.0, False, Outcome.REACHED, True),
        (1.9, False, Outcome.MISSED, False),
        (2.0, False, Outcome.REACHED, False),
    ],
)
def test_the_middle_decides_and_the_ends_say_how_surely(
    *, limit: float, at_least: bool, outcome: Outcome, certain: bool
) -> None:
    interval = Interval(2.0, 1.1, 3.0, repeated=True)
    bar = Bar("", limit, at_least=at_least, say=times, measured=interval, basis="")
    assert (bar.outcome, bar.certain) == (outcome, certain)


def test_one_run_is_never_certain() -> None:
    once = Interval(9.0, 9.0, 9.0, repeated=False)
    assert not Bar("", 1.0, at_least=True, say=times, measured=once, basis="").certain


def test_every_peer_of_a_bar_can_be_measured() -> None:
    assert {TENSEAL, CONCRETE, PSI} <= set(PEERS)
    assert KERNELS == MEASURED_KERNELS


def test_the_largest_cohort_with_usual_columns_speaks_for_a_scheme() -> None:
    chosen = speaking_for(campaign())
    assert next(iter(chosen)) is Scheme.CLEAR
    assert chosen[Scheme.BGV].scenario.subjects == 1_000_000
    assert chosen[Scheme.BGV].scenario.column_kind is ColumnKind.DECISION
    assert chosen[Scheme.PAILLIER].scenario.subjects == 100


def test_only_the_same_decision_is_compared_with_the_clear() -> None:
    bgv = measurement(scenario(subjects=1000), 0.5)
    for other in (
        scenario(scheme=Scheme.CLEAR, subjects=999),
        scenario(scheme=Scheme.CLEAR, agencies=3),
        replace(scenario(scheme=Scheme.CLEAR), predicate="tax.income_bracket <= 4"),
    ):
        found = results(bgv, measurement(other))
        assert in_the_clear(found, bgv) is None
        assert comparable(found) == {}


def test_an_enclave_is_compared_with_values_in_the_clear() -> None:
    enclave = measurement(scenario(scheme=Scheme.ENCLAVE, column_kind=ColumnKind.VALUE), 0.4)
    decisions = measurement(scenario("d", scheme=Scheme.CLEAR), 0.1)
    values = measurement(
        scenario("v", scheme=Scheme.CLEAR, column_kind=ColumnKind.VALUE, series="columns"), 0.2
    )
    found = results(enclave, decisions, values)
    assert in_the_clear(found, enclave) is values
    assert in_the_clear(results(enclave, decisions), enclave) is decisions
    bar = bar_of(found, "enclave")
    assert bar.measured is not None
    assert bar.measured.middle == pytest.approx(2.0)
