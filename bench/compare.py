"""Two benchmarks beside each other: what became slower, larger or different, and what cannot tell.

Rules:
 * Scenarios are matched by everything but their name and their repeats; one that is in a file twice
   is matched in order.
 * Every ratio is the second over the first, with an interval as in ``report.interval``. A change is
   one whose interval does not hold 1; what was measured once never is one.
 * Of many figures some change by chance. How many is known: all of n runs lie above or below all of
   m others with a probability of 2 in (n + m over n), if nothing changed.
 * Differences of machine, versions, seed or scenarios are said first: ratios across them compare
   more than what was meant to be compared.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from bench.report.interval import Interval
from bench.report.selection import cpu, end_to_end
from bench.results import Measurement, PeerMeasurement, Phase, Results
from bench.scenario import Scenario


class Change(StrEnum):
    """What a ratio says."""

    MORE = "more"
    LESS = "less"
    WITHIN_SPREAD = "within the spread"
    ONE_RUN = "one run only"


@dataclass(frozen=True, slots=True)
class Ratio:
    """The second of two figures over the first; None where the first is too small to divide by."""

    interval: Interval | None

    @property
    def change(self) -> Change:
        """Whether the two differ by more than their spread."""
        found = self.interval
        if found is None:
            return Change.WITHIN_SPREAD
        if not found.repeated:
            return Change.ONE_RUN
        if not found.differs_from(1):
            return Change.WITHIN_SPREAD
        return Change.MORE if found.middle > 1 else Change.LESS


@dataclass(frozen=True, slots=True)
class Match:
    """One scenario in both benchmarks.

    Attributes:
        first: as the first measured it.
        second: as the second did.
        seconds: end to end.
        cpu: processor time of all parties.
        bytes: in all directions.
    """

    first: Measurement
    second: Measurement
    seconds: Ratio
    cpu: Ratio
    bytes: Ratio

    @property
    def ratios(self) -> Mapping[str, Ratio]:
        """The figures that are compared, by name."""
        return {"seconds": self.seconds, "cpu": self.cpu, "bytes": self.bytes}


@dataclass(frozen=True, slots=True)
class PeerMatch:
    """One peer in both benchmarks: time for each subject."""

    peer: str
    seconds: Ratio


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two benchmarks say about each other.

    Attributes:
        warnings: what differs besides the figures, in sentences.
        matches: in the order of the first.
        peers: measured in both.
        only_first: names of scenarios and peers that only the first measured.
        only_second: likewise.
    """

    warnings: tuple[str, ...]
    matches: tuple[Match, ...]
    peers: tuple[PeerMatch, ...]
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]

    @property
    def by_chance(self) -> float:
        """How many scenarios would look slower or faster if nothing had changed."""
        return sum(
            2 / math.comb(first + second, first)
            for first, second in map(_runs, self.matches)
            if min(first, second) > 1
        )


def compare(first: Results, second: Results) -> Comparison:
    """Return what ``second`` says about ``first``."""
    waiting: dict[tuple[object, ...], list[Measurement]] = defaultdict(list)
    for found in second.measurements:
        waiting[_experiment(found.scenario)].append(found)
    matches, only_first = [], []
    for found in first.measurements:
        others = waiting[_experiment(found.scenario)]
        if others:
            matches.append(_match(found, others.pop(0)))
        else:
            only_first.append(found.scenario.name)
    left = {id(found) for others in waiting.values() for found in others}
    only_second = [one.scenario.name for one in second.measurements if id(one) in left]
    mine, theirs = _peers(first), _peers(second)
    both = [name for name in mine if name in theirs]
    return Comparison(
        warnings=tuple(_warnings(first, second)),
        matches=tuple(matches),
        peers=tuple(PeerMatch(name, Ratio(theirs[name].over(mine[name]))) for name in both),
        only_first=(*only_first, *(name for name in mine if name not in theirs)),
        only_second=(*only_second, *(name for name in theirs if name not in mine)),
    )


def _experiment(scenario: Scenario) -> tuple[object, ...]:
    return (
        scenario.series,
        scenario.scheme,
        scenario.column_kind,
        scenario.subjects,
        scenario.agencies,
        scenario.predicate,
        scenario.parameters,
    )


def _runs(match: Match) -> tuple[int, int]:
    end = Phase.END_TO_END
    return len(match.first.seconds[end].values), len(match.second.seconds[end].values)


def _match(first: Measurement, second: Measurement) -> Match:
    return Match(
        first,
        second,
        Ratio(end_to_end(second).over(end_to_end(first))),
        Ratio(cpu(second).over(cpu(first))),
        Ratio(_bytes(second).over(_bytes(first))),
    )


def _bytes(found: Measurement) -> Interval:
    return Interval.exact(found.bytes_asked + found.bytes_up + found.bytes_down)


def _peers(results: Results) -> dict[str, Interval]:
    return {
        peer.peer: Interval.of(peer.seconds).times(1 / peer.subjects)
        for peer in results.peers
        if isinstance(peer, PeerMeasurement)
    }


def _warnings(first: Results, second: Results) -> Iterable[str]:
    for name, mine, theirs in (
        ("processor", first.environment.cpu, second.environment.cpu),
        ("number of cores", first.environment.cores, second.environment.cores),
        ("memory in MiB", first.environment.memory_mib, second.environment.memory_mib),
        ("system", first.environment.system, second.environment.system),
        ("Python", first.environment.python, second.environment.python),
        ("seed", first.seed, second.seed),
        ("scenario file", first.scenario_digest[:12], second.scenario_digest[:12]),
    ):
        if mine != theirs:
            yield f"the {name} differs: {mine}, then {theirs}"
    mine_of, theirs_of = first.environment.versions, second.environment.versions
    for library in dict.fromkeys((*mine_of, *theirs_of)):
        mine_is, theirs_is = mine_of.get(library, "none"), theirs_of.get(library, "none")
        if mine_is != theirs_is:
            yield f"the version of {library} differs: {mine_is}, then {theirs_is}"
    for results, which in ((first, "first"), (second, "second")):
        wrong = sum(found.mismatches for found in results.measurements)
        if wrong:
            yield f"in the {which}, {wrong:,} verdicts differ from the plaintext reference"
