"""Where and how it was measured: what somebody needs who wants to measure it again."""

from __future__ import annotations

from bench.report import numerals
from bench.report.interval import Interval
from bench.report.table import versions
from bench.results import Results

METHOD = (
    (
        "Every scenario runs once to warm up, which does not count, and then as often as it says. "
        "A figure is the median of the counted runs, with the smallest and the largest in "
        "parentheses; “one run” stands where there was only one and nothing is known of the "
        "spread. Figures that are counted, such as bytes, have none."
    ),
    (
        "A ratio is that of the medians. Its interval goes from the smallest numerator over the "
        "largest denominator to the largest numerator over the smallest denominator: wider than "
        "what repeating the whole benchmark would usually show, never narrower than the runs "
        "behind it."
    ),
    (
        "Processor time is that of all parties, worker processes included, each party's median "
        "added up. Time end to end begins before the run's key is made and ends when the last "
        "verdict is written. All parties ran on the one machine: networks between agencies would "
        "add their own delays to every scheme alike."
    ),
    "Numbers have three significant digits. 1 kB is 1,000 bytes; 1 MiB of memory is 1,048,576.",
)


def circumstances(results: Results) -> list[tuple[str, str]]:
    """Return the names and values of what the figures depend on."""
    environment = results.environment
    return [
        ("Processor", f"{environment.cpu}, {environment.cores} cores usable"),
        ("Memory", numerals.memory(environment.memory_mib)),
        ("System", environment.system),
        ("Python", environment.python),
        ("Versions", versions(environment.versions)),
        ("Begun", environment.started),
        ("Time in all", numerals.seconds(Interval.exact(results.seconds))),
        ("Scenarios", f"{results.scenario_set}, SHA-256 {results.scenario_digest}"),
        ("Seed", str(results.seed)),
        ("Price", f"{results.price.amount:g} {results.price.currency} an hour and core, as stated"),
    ]
