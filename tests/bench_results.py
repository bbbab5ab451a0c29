"""Results as a benchmark could have found them, for tests of what is done with results."""

from __future__ import annotations

from bench.results import (
    Environment,
    Measurement,
    NotMeasured,
    Operation,
    PeerMeasurement,
    PeerSkipped,
    Phase,
    Results,
)
from bench.scenario import Price, Scenario
from bench.spread import Spread
from matcher.core.scheme import ColumnKind, Scheme

PREDICATE = "tax.income_bracket <= 3 && welfare.disability_grade in [1, 2]"


def scenario(  # the parts that tests vary
    name: str = "subjects/bgv/1000",
    *,
    series: str = "subjects",
    scheme: Scheme = Scheme.BGV,
    column_kind: ColumnKind = ColumnKind.DECISION,
    subjects: int = 1000,
    agencies: int = 2,
    parameters: str | None = None,
) -> Scenario:
    """Return a scenario."""
    return Scenario(name, series, scheme, column_kind, subjects, agencies, PREDICATE, parameters, 3)


def measurement(of: Scenario, seconds: float = 0.5, mismatches: int = 0) -> Measurement:
    """Return what ``of`` cost: ``seconds`` end to end, and a little above and below."""
    spread = Spread.of((seconds, seconds * 1.25, seconds * 0.75))
    return Measurement(
        scenario=of,
        parameters="bgv-8192-104" if of.scheme is Scheme.BGV else "",
        columns=of.agencies,
        outputs=1,
        chunks=-(-of.subjects // 8176),
        seconds=dict.fromkeys(Phase, spread),
        cpu_seconds={"requester": spread, "matcher": spread, "tax": spread, "welfare": spread},
        peak_mib={"requester": 100.0, "matcher": 200.5, "tax": 90.0, "welfare": 90.0},
        bytes_asked=250_000,
        bytes_up=430_000,
        bytes_down=98_304,
        hiding_bits=42 if of.scheme is Scheme.BGV else None,
        spare_bits=40 if of.scheme is Scheme.BGV else None,
        mismatches=mismatches,
    )


def results(*measurements: Measurement) -> Results:
    """Return results with ``measurements``, or with two of their own, and one of everything."""
    spread = Spread.of((1.0, 2.0, 1.5))
    own = measurements or (
        measurement(scenario()),
        measurement(scenario("subjects/clear/1000", scheme=Scheme.CLEAR), 0.1),
    )
    refused = scenario("predicate/paillier/2", scheme=Scheme.PAILLIER)
    return Results(
        scenario_set="default",
        scenario_digest="ab" * 32,
        seed=1947,
        price=Price(0.05, "USD"),
        environment=Environment(
            cpu="A processor",
            cores=2,
            memory_mib=8192,
            system="Linux",
            python="3.11.9",
            versions={"fusuma": "0.1.0", "numpy": "2.1.0"},
            started="2026-10-01T12:00:00Z",
        ),
        measurements=own,
        not_measured=(NotMeasured(refused, "Paillier's scheme adds and does not multiply"),),
        peers=(
            PeerMeasurement("tenseal", "TenSEAL", 20, spread, spread, {"tenseal": "0.3"}, "alone"),
            PeerSkipped("concrete", "Concrete", "it is not installed: make bench-peers"),
        ),
        operations=(Operation("bgv", "bgv-8192-104", "encrypt", 8192, spread),),
        seconds=12.5,
    )
