from __future__ import annotations

from collections.abc import Sequence

from bench.kernel_peer import KERNELS, measure_kernel_peer
from bench.results import PeerMeasurement
from bench.scenario import Price, Scenario, ScenarioSet
from matcher.core.scheme import ColumnKind, Scheme
from tests.bench_results import scenario


def scenarios(*chosen: Scenario) -> ScenarioSet:
    price = Price(0.05, "USD")
    return ScenarioSet("mine", "ab" * 32, 7, price, chosen, (KERNELS,), operations=False)


def measured(chosen: Sequence[Scenario]) -> PeerMeasurement:
    found = measure_kernel_peer(scenarios(*chosen), lambda _: None, repeats=2, chunks=1)
    assert isinstance(found, PeerMeasurement)
    return found


def test_kernels_stand_for_the_largest_run_they_could_be_of() -> None:
    found = measured(
        [
            scenario("a", subjects=9000),
            scenario("b", subjects=20_000),
            scenario("c", subjects=30_000, scheme=Scheme.BFV),
            scenario("d", subjects=40_000, column_kind=ColumnKind.ATTRIBUTE),
            scenario("e", subjects=50_000, agencies=3),
        ]
    )
    assert found.subjects == 20_000
    assert "2 columns in 3 chunks under bgv-8192-104" in found.note
    assert len(found.seconds.values) == 2
    assert found.cpu_seconds == found.seconds
    assert found.versions["seal-python"]


def test_without_such_a_run_they_stand_for_a_million() -> None:
    found = measured([scenario("a", scheme=Scheme.CKKS)])
    assert found.subjects == 1_000_000
    assert "in 123 chunks" in found.note
