"""Results of a whole campaign as it could have been: every scheme, every series, peers.

Rules:
 * Times follow simple laws (a start, a price for each chunk or subject), with a spread drawn from a
   seeded generator, so that plots and tables look as real ones do.
"""

from __future__ import annotations

import random
from dataclasses import replace

from bench.report.bars import CONCRETE, KERNELS, PSI, TENSEAL
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
from matcher.core.scheme import COLUMN_KINDS, ColumnKind, Scheme

CONJUNCTION = "tax.income_bracket <= 3 && welfare.disability_grade in [1, 2]"
DISJUNCTION = "tax.income_bracket <= 3 || welfare.disability_grade in [1, 2]"
LARGE = f"({CONJUNCTION}) || pension.level <= 2 && housing.level <= 5"
NAMES = ("tax", "welfare", "pension", "housing", "school", "health", "care", "labour")

# Seconds to begin a run, seconds for each subject, bytes for each subject and column, parameters.
LAWS = {
    Scheme.CLEAR: (0.030, 0.35e-6, 1.02, ""),
    Scheme.ENCLAVE: (0.045, 0.85e-6, 2.10, ""),
    Scheme.BGV: (0.060, 1.50e-6, 26.1, "bgv-8192-104"),
    Scheme.BFV: (0.085, 9.5e-6, 30.4, "bfv-8192-150"),
    Scheme.CKKS: (0.080, 7.0e-6, 41.0, "ckks-8192-160"),
    Scheme.PAILLIER: (0.9, 0.11, 768.0, "paillier-3072"),
}
_MOST = {Scheme.PAILLIER: 500, Scheme.BFV: 100_000, Scheme.CKKS: 100_000}


def campaign(seed: int = 1) -> Results:
    """Return the results; another seed is another day on the same machine."""
    chance = random.Random(seed)
    scenarios = [*_subjects(), *_agencies(), *_predicates(), *_columns(), *_further()]
    return Results(
        scenario_set="default",
        scenario_digest="5e" * 32,
        seed=1947,
        price=Price(0.05, "USD"),
        environment=Environment(
            cpu="Example Processor 2.5 GHz",
            cores=2,
            memory_mib=7962,
            system="Linux 6.1, glibc 2.36",
            python="3.11.9",
            versions={"fusuma": "0.1.0", "seal-python": "4.4.0", "grpcio": "1.85.1"},
            started="2026-10-01T12:00:00Z",
        ),
        measurements=tuple(measured(scenario, chance) for scenario in scenarios),
        not_measured=(
            NotMeasured(
                _scenario("predicate", Scheme.PAILLIER, 100, predicate=DISJUNCTION),
                "Paillier adds ciphertexts and does not multiply them: the product of two misses "
                "cannot be evaluated",
            ),
        ),
        peers=_peers(chance),
        operations=_operations(chance),
        seconds=431.7,
    )


def measured(scenario: Scenario, chance: random.Random) -> Measurement:
    """Return what ``scenario`` costs by the law of its scheme."""
    start, each, size, parameters = LAWS[scenario.scheme]
    share = 1 + 0.35 * (scenario.agencies - 2) + 0.5 * scenario.predicate.count("||")
    if scenario.column_kind is ColumnKind.ATTRIBUTE:
        share *= 3.5
    whole = start + each * share * scenario.subjects
    chunk = 1 if scenario.scheme in (Scheme.CLEAR, Scheme.ENCLAVE, Scheme.PAILLIER) else 8192
    slots = -(-scenario.subjects // chunk) * chunk
    up = int(slots * size * scenario.agencies * (3.5 if share > 3 else 1)) + 2_000
    providers = NAMES[: scenario.agencies]

    def around(value: float) -> Spread:
        drawn = [value * chance.uniform(0.94, 1.09) for _ in range(scenario.repeats)]
        return Spread.of(drawn)

    parts = {"requester": 0.25, "matcher": 0.55} | dict.fromkeys(providers, 0.4)
    if scenario.scheme is Scheme.ENCLAVE:
        parts["enclave"] = 0.3
    homomorphic = bool(parameters) and scenario.scheme is not Scheme.PAILLIER
    return Measurement(
        scenario=scenario,
        parameters=scenario.parameters or parameters,
        columns=scenario.agencies,
        outputs=1,
        chunks=-(-slots // 8192),
        seconds={
            Phase.ENCRYPT: around(whole * 0.62),
            Phase.UPLOAD: around(whole * 0.11),
            Phase.EVALUATE: around(whole * 0.48),
            Phase.DOWNLOAD: around(whole * 0.05),
            Phase.DECRYPT: around(whole * 0.08),
            Phase.END_TO_END: around(whole),
        },
        cpu_seconds={party: around(part * whole) for party, part in parts.items()},
        peak_mib={party: 80 + 40 * part + up / 2e6 * part for party, part in parts.items()},
        bytes_asked=int(200_000 * bool(parameters) + 34 * slots * scenario.agencies),
        bytes_up=up,
        bytes_down=int(slots * size / 2) + 900,
        hiding_bits=42 - scenario.predicate.count("||") if homomorphic else None,
        spare_bits=3 + scenario.predicate.count("||") if homomorphic else None,
        mismatches=0,
    )


def _scenario(
    series: str,
    scheme: Scheme,
    subjects: int,
    *,
    agencies: int = 2,
    predicate: str = CONJUNCTION,
    kind: ColumnKind | None = None,
) -> Scenario:
    usual = COLUMN_KINDS[scheme][0] if kind is None else kind
    number = (CONJUNCTION, DISJUNCTION, LARGE).index(predicate) if series == "predicate" else 0
    name = f"{series}/{scheme.value}/{usual.value}/{subjects}/{agencies}/{number}"
    return Scenario(name, series, scheme, usual, subjects, agencies, predicate, None, 3)


def _subjects() -> list[Scenario]:
    return [
        _scenario("subjects", scheme, 10**power)
        for scheme in Scheme
        for power in range(7)
        if 10**power <= _MOST.get(scheme, 10**6)
    ]


def _agencies() -> list[Scenario]:
    return [
        replace(
            _scenario("agencies", scheme, _few(scheme), agencies=agencies),
            predicate=" && ".join(f"{name}.level <= 3" for name in NAMES[:agencies]),
        )
        for scheme in Scheme
        for agencies in (2, 4, 8)
    ]


def _predicates() -> list[Scenario]:
    return [
        _scenario(
            "predicate",
            scheme,
            _few(scheme),
            agencies=4 if predicate == LARGE else 2,
            predicate=predicate,
        )
        for scheme in Scheme
        for predicate in (CONJUNCTION, DISJUNCTION, LARGE)
        if scheme is not Scheme.PAILLIER or predicate == CONJUNCTION
    ]


def _columns() -> list[Scenario]:
    return [
        _scenario("columns", scheme, _few(scheme), kind=kind)
        for scheme in Scheme
        for kind in COLUMN_KINDS[scheme]
    ]


def _further() -> list[Scenario]:
    sets = ("bgv-8192-104", "bgv-8192-152")
    clauses = (CONJUNCTION, DISJUNCTION)
    plain = _scenario("further", Scheme.BGV, 20_000)
    return [
        *(replace(plain, series="parameters", name=f"set/{one}", parameters=one) for one in sets),
        *(replace(plain, series="clauses", name=one, predicate=one) for one in clauses),
        plain,
    ]


def _few(scheme: Scheme) -> int:
    return 50 if scheme is Scheme.PAILLIER else 20_000


def _peers(chance: random.Random) -> tuple[PeerMeasurement | PeerSkipped, ...]:
    def timed(name: str, title: str, subjects: int, seconds: float, note: str) -> PeerMeasurement:
        drawn = [seconds * chance.uniform(0.95, 1.06) for _ in range(5)]
        spread = Spread.of(drawn)
        return PeerMeasurement(name, title, subjects, spread, spread, {name: "1.0"}, note)

    note = "One subject at a time; nothing is signed, checked or flooded."
    return (
        timed(TENSEAL, "TenSEAL, one subject at a time", 24, 0.95, note),
        timed(PSI, "OpenMined PSI on two filtered sets", 20_000, 4.3, "Sets only."),
        timed(KERNELS, "Bare kernels of SEAL", 65_000, 0.104, "Calls of the library alone."),
        PeerSkipped(
            CONCRETE, "Concrete (TFHE)", "its environment is not built; run make bench-peers"
        ),
    )


def _operations(chance: random.Random) -> tuple[Operation, ...]:
    found = []
    for scheme in (Scheme.BGV, Scheme.BFV, Scheme.CKKS, Scheme.PAILLIER):
        name = LAWS[scheme][3]
        slots = 1 if scheme is Scheme.PAILLIER else 8192
        for number, operation in enumerate(("keys", "encrypt", "add", "multiply", "decrypt")):
            if scheme is Scheme.PAILLIER and operation == "multiply":
                continue
            cost = 1e-3 * (number + 1) * chance.uniform(0.5, 2)
            values = [cost * chance.uniform(0.97, 1.04) for _ in range(5)]
            found.append(Operation(scheme.value, name, operation, slots, Spread.of(values)))
    return tuple(found)
