"""One thing to measure: so many subjects at so many agencies, decided by one predicate.

Decides nothing about how it is measured. Scenario files are read by ``scenario_file``.

Rules:
 * Two scenarios with the same fields but for their name are the same experiment.
"""

from __future__ import annotations

from dataclasses import dataclass

from matcher.core.scheme import ColumnKind, Scheme


@dataclass(frozen=True, slots=True)
class Scenario:
    """One experiment.

    Attributes:
        name: unique within its set.
        series: what it is plotted with: ``subjects``, ``agencies``, ``predicate``, ``columns`` or
            any other word.
        scheme: how attributes are protected; ``clear`` is plaintext over gRPC.
        column_kind: what agencies send.
        subjects: size of the cohort.
        agencies: how many take part, each in a role of its own.
        predicate: CEL over the attributes of the benchmark catalogue.
        parameters: the name of a parameter set; None for the cheapest that carries the predicate.
        repeats: counted runs after one that warms up.
    """

    name: str
    series: str
    scheme: Scheme
    column_kind: ColumnKind
    subjects: int
    agencies: int
    predicate: str
    parameters: str | None
    repeats: int


@dataclass(frozen=True, slots=True)
class Price:
    """What an hour of one processor core costs.

    Attributes:
        amount: in ``currency``.
        currency: as people write it.
    """

    amount: float
    currency: str


@dataclass(frozen=True, slots=True)
class ScenarioSet:
    """The experiments of one report.

    Attributes:
        name: for people.
        digest: SHA-256 of the file they were read from, hexadecimal.
        seed: of the synthetic population.
        price: of computing.
        scenarios: in the order measured.
        peers: names of the peers to measure in the same run.
        operations: whether to time each scheme's operations over its parameter sets.
    """

    name: str
    digest: str
    seed: int
    price: Price
    scenarios: tuple[Scenario, ...]
    peers: tuple[str, ...]
    operations: bool
