"""What a benchmark found: values only. Files are written and read by ``results_file``.

Rules:
 * Seconds are seconds, memory is MiB of peak resident set, bytes are bytes of one run.
 * What could not be measured is there too, with the reason; nothing is left out in silence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bench.scenario import Price, Scenario
from bench.spread import Spread


class Phase(StrEnum):
    """A part of a run. Phases of different parties overlap, so that they do not add up."""

    ENCRYPT = "encrypt"
    UPLOAD = "upload"
    EVALUATE = "evaluate"
    DOWNLOAD = "download"
    DECRYPT = "decrypt"
    END_TO_END = "end_to_end"


@dataclass(frozen=True, slots=True)
class Measurement:
    """What one scenario cost.

    Attributes:
        scenario: what was measured.
        parameters: the parameter set, empty where the scheme has none.
        columns: encrypted, sealed or plain vectors.
        outputs: vectors that come back.
        chunks: of the cohort.
        seconds: by phase: wall time end to end, else time spent at it, added up over workers.
        cpu_seconds: by party, of one run.
        peak_mib: by party, added over its processes, of the runs of this scenario.
        bytes_asked: from the requester to the matcher, in one run: keys and sealed rosters.
        bytes_up: by all agencies to the matcher, in one run.
        bytes_down: from the matcher to the requester, in one run.
        hiding_bits: see ``core.margin``; None where there is no noise.
        spare_bits: likewise.
        mismatches: verdicts that differ from the plaintext reference, over all runs.
    """

    scenario: Scenario
    parameters: str
    columns: int
    outputs: int
    chunks: int
    seconds: Mapping[Phase, Spread]
    cpu_seconds: Mapping[str, Spread]
    peak_mib: Mapping[str, float]
    bytes_asked: int
    bytes_up: int
    bytes_down: int
    hiding_bits: int | None
    spare_bits: int | None
    mismatches: int

    @property
    def subjects_per_second(self) -> float:
        """Decisions a second, end to end."""
        return self.scenario.subjects / self.seconds[Phase.END_TO_END].median

    @property
    def cpu_total(self) -> float:
        """Processor seconds of all parties in one run, the median of each."""
        return sum(spread.median for spread in self.cpu_seconds.values())


@dataclass(frozen=True, slots=True)
class NotMeasured:
    """A scenario that was refused, or whose scheme is not installed here."""

    scenario: Scenario
    reason: str


@dataclass(frozen=True, slots=True)
class PeerMeasurement:
    """What another implementation needs for the same decision.

    Attributes:
        peer: its name.
        title: for people.
        subjects: decided in one repetition.
        seconds: of one repetition, wall time.
        cpu_seconds: of one repetition, all its processes.
        versions: of the libraries it used.
        note: what was measured, in a sentence or two.
    """

    peer: str
    title: str
    subjects: int
    seconds: Spread
    cpu_seconds: Spread
    versions: Mapping[str, str]
    note: str

    @property
    def subjects_per_second(self) -> float:
        """Decisions a second."""
        return self.subjects / self.seconds.median


@dataclass(frozen=True, slots=True)
class PeerSkipped:
    """A peer that is not here, with what to do about it."""

    peer: str
    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a scheme under one parameter set.

    Attributes:
        scheme: by name.
        parameters: the parameter set.
        operation: ``keys``, ``encrypt``, ``add``, ``multiply``, ``evaluate``, ``decrypt``, ...
        slots: how many slots one call treats.
        cpu_seconds: processor time of one call.
    """

    scheme: str
    parameters: str
    operation: str
    slots: int
    cpu_seconds: Spread


@dataclass(frozen=True, slots=True)
class Environment:
    """Where it was measured.

    Attributes:
        cpu: model.
        cores: usable by this process.
        memory_mib: of the machine.
        system: kernel and libc.
        python: version.
        versions: of the libraries that matter, fusuma's first.
        started: UTC, ISO 8601.
    """

    cpu: str
    cores: int
    memory_mib: int
    system: str
    python: str
    versions: Mapping[str, str]
    started: str


@dataclass(frozen=True, slots=True)
class Results:
    """Everything one benchmark found.

    Attributes:
        scenario_set: its name.
        scenario_digest: SHA-256 of the scenario file, hexadecimal.
        seed: of the synthetic population.
        price: of computing.
        environment: of the machine.
        measurements: in the order of the scenarios.
        not_measured: likewise.
        peers: measured or skipped.
        operations: of the schemes; empty where none were timed.
        seconds: wall time of the whole benchmark; what a resumed one spent before counts too.
    """

    scenario_set: str
    scenario_digest: str
    seed: int
    price: Price
    environment: Environment
    measurements: tuple[Measurement, ...]
    not_measured: tuple[NotMeasured, ...]
    peers: tuple[PeerMeasurement | PeerSkipped, ...]
    operations: tuple[Operation, ...]
    seconds: float
