"""The marks this system holds itself to, and whether one benchmark reached them.

Rules:
 * A mark is reached when the middle of what was measured reaches it; whether the whole interval
   does is said beside it.
 * A mark whose parts were not measured is not measured, with the reason; it is never reached by
   default.
 * The one ``bgv`` measurement behind the marks is the one that speaks for the scheme.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from bench.report import numerals
from bench.report.interval import Interval
from bench.report.selection import comparable, cpu, end_to_end, per_subject, speaking_for
from bench.results import Measurement, PeerMeasurement, PeerSkipped, Results
from matcher.core.scheme import Scheme

# Peers by the names under which they are measured.
TENSEAL = "tenseal-tutorial"
CONCRETE = "concrete"
PSI = "openmined-psi"
KERNELS = "seal-kernels"

RATE_MARK = 600_000
RATE_AIM = 1_000_000


class Outcome(StrEnum):
    """What one benchmark says about a mark."""

    REACHED = "reached"
    MISSED = "not reached"
    NOT_MEASURED = "not measured"


@dataclass(frozen=True, slots=True)
class Bar:
    """One mark.

    Attributes:
        statement: what is compared with what.
        limit: the mark.
        at_least: whether more is better.
        say: how figures of its kind are written.
        measured: None where it was not measured.
        basis: what was measured, or why it was not.
    """

    statement: str
    limit: float
    at_least: bool
    say: numerals.Say
    measured: Interval | None
    basis: str

    @property
    def target(self) -> str:
        """The mark in words."""
        # The mark is exact: no digits that were not given.
        limit = self.say(Interval.exact(self.limit)).replace(".00", "").replace(".50", ".5")
        return f"at least {limit}" if self.at_least else f"at most {limit}"

    @property
    def outcome(self) -> Outcome:
        """Whether the middle of the interval reaches the mark."""
        if self.measured is None:
            return Outcome.NOT_MEASURED
        return Outcome.REACHED if self._passes(self.measured.middle) else Outcome.MISSED

    @property
    def certain(self) -> bool:
        """Whether every point of the interval has the same outcome, and there is an interval."""
        found = self.measured
        return (
            found is not None
            and found.repeated
            and self._passes(found.low) == self._passes(found.high)
        )

    def _passes(self, value: float) -> bool:
        return value >= self.limit if self.at_least else value <= self.limit


def bars(results: Results) -> list[Bar]:
    """Return every mark with what ``results`` say about it."""
    bgv = speaking_for(results).get(Scheme.BGV)
    return [
        *(
            _against_peer(results, bgv, peer, title, limit)
            for peer, title, limit in (
                (TENSEAL, "TenSEAL, one subject at a time as in its tutorials", 20_000),
                (CONCRETE, "Concrete, the same predicate under TFHE", 10_000),
                (PSI, "OpenMined PSI on the two filtered sets", 100),
            )
        ),
        _against_kernels(results, bgv),
        _rate("the mark", RATE_MARK, bgv),
        _rate("the aim", RATE_AIM, bgv),
        _enclave(results),
    ]


def over_peer(bgv: Measurement, peer: PeerMeasurement) -> Interval | None:
    """Return how many times as many subjects a second ``bgv`` decides."""
    theirs = Interval.of(peer.seconds).times(1 / peer.subjects)
    return theirs.over(per_subject(end_to_end(bgv), bgv))


def _against_peer(
    results: Results, bgv: Measurement | None, name: str, title: str, limit: float
) -> Bar:
    measured, basis = _with_peer(results, bgv, name, over_peer)
    statement = f"Subjects a second under bgv, over {title}"
    return Bar(statement, limit, at_least=True, say=numerals.times, measured=measured, basis=basis)


def _against_kernels(results: Results, bgv: Measurement | None) -> Bar:
    def over(run: Measurement, peer: PeerMeasurement) -> Interval | None:
        bare = Interval.of(peer.cpu_seconds).times(1 / peer.subjects)
        return per_subject(cpu(run), run).over(bare)

    measured, basis = _with_peer(results, bgv, KERNELS, over)
    statement = "Processor time of all parties under bgv, over the bare operations of its library"
    return Bar(statement, 1.5, at_least=False, say=numerals.times, measured=measured, basis=basis)


def _rate(word: str, limit: float, bgv: Measurement | None) -> Bar:
    measured = None if bgv is None else end_to_end(bgv).inverse(bgv.scenario.subjects)
    basis = _NO_BGV if bgv is None else _named(bgv)
    statement = f"Subjects a second under bgv, end to end: {word}"
    return Bar(statement, limit, at_least=True, say=numerals.rate, measured=measured, basis=basis)


def _enclave(results: Results) -> Bar:
    pair = comparable(results).get(Scheme.ENCLAVE)
    measured, basis = None, "no decision was measured both in an enclave and in the clear"
    if pair is not None:
        enclave, clear = pair
        measured = end_to_end(enclave).over(end_to_end(clear))
        basis = f"{_named(enclave)}; {_named(clear)}"
    statement = "Time end to end in an enclave, against plaintext over gRPC"
    return Bar(statement, 5, at_least=False, say=numerals.times, measured=measured, basis=basis)


_NO_BGV = "bgv was not measured"


def _with_peer(
    results: Results,
    bgv: Measurement | None,
    name: str,
    compared: Callable[[Measurement, PeerMeasurement], Interval | None],
) -> tuple[Interval | None, str]:
    """Return the figure and what it stands on, or None and why there is none."""
    peer = next((found for found in results.peers if found.peer == name), None)
    if peer is None:
        return None, f"the peer {name} was not asked for in this set of scenarios"
    if isinstance(peer, PeerSkipped):
        return None, peer.reason
    if bgv is None:
        return None, _NO_BGV
    return compared(bgv, peer), f"{_named(bgv)}; {peer.title}, {numerals.count(peer.subjects)}"


def _named(measurement: Measurement) -> str:
    scenario = measurement.scenario
    return f"{scenario.scheme.value}, {numerals.count(scenario.subjects)} subjects"
