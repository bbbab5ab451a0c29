"""What one benchmark says, in sentences for people who decide what to buy.

Rules:
 * Every sentence is computed; none says more than was measured here.
 * A scheme that decided fewer people says with how many, because small runs cost more each.
"""

from __future__ import annotations

from bench.report import numerals
from bench.report.bars import Bar, Outcome
from bench.report.interval import Interval
from bench.report.looks import MEANING, TITLES
from bench.report.selection import comparable, cost_per_million, end_to_end, speaking_for
from bench.results import Measurement, Results
from matcher.core.scheme import Scheme


def opening(results: Results, bars: list[Bar]) -> list[str]:
    """Return what is true of all schemes together."""
    said = []
    clear = speaking_for(results).get(Scheme.CLEAR)
    if clear is not None:
        subjects = numerals.count(clear.scenario.subjects)
        said.append(
            f"Deciding {subjects} people at {clear.scenario.agencies} agencies takes "
            f"{numerals.seconds(end_to_end(clear))} on this machine when nothing is protected. "
            "Below is what protection adds to the same decision."
        )
    said.append(_agreement(results))
    if bars:
        counted = {
            outcome: sum(bar.outcome is outcome for bar in bars)
            for outcome in (Outcome.MISSED, Outcome.NOT_MEASURED)
        }
        reached = len(bars) - sum(counted.values())
        rest = "".join(f", {number} {name.value}" for name, number in counted.items() if number)
        said.append(f"Of {len(bars)} marks this system holds itself to, {reached} reached{rest}.")
    return said


def sentences(results: Results) -> list[tuple[str, str]]:
    """Return for each scheme that was measured its title and what it costs."""
    pairs = comparable(results)
    return [
        (TITLES[scheme], _cost(results, scheme, found, pairs.get(scheme)))
        for scheme, found in speaking_for(results).items()
    ]


def _cost(
    results: Results,
    scheme: Scheme,
    found: Measurement,
    pair: tuple[Measurement, Measurement] | None,
) -> str:
    people = found.scenario.subjects
    sent = numerals.data(Interval.exact(found.bytes_up / people))
    took = numerals.seconds(end_to_end(found)) + _times(found, pair)
    sentences = [
        f"{MEANING[scheme]}.",
        f"Deciding {_people(people)} takes {took}; the agencies send {sent} for each person.",
        f"A million decisions cost {_price(results, found)} of processor time.",
    ]
    if pair is None and scheme is not Scheme.CLEAR:
        sentences.append(
            "Nothing was decided without protection for as many people, to compare it with."
        )
    text = " ".join(sentences)
    return text[0].upper() + text[1:]


def _times(found: Measurement, pair: tuple[Measurement, Measurement] | None) -> str:
    """Say how many times as long it takes as without protection, where that is known."""
    ratio = None if pair is None else end_to_end(pair[0]).over(end_to_end(pair[1]))
    if pair is None or ratio is None:
        return ""
    said = f"{numerals.times(ratio)} as long as without protection"
    if pair[0] is found:
        return f", {said}"
    return f" ({_people(pair[0].scenario.subjects)}: {said})"


def _price(results: Results, found: Measurement) -> str:
    cost = cost_per_million(results, found)
    currency = results.price.currency
    # The table has the digits; nobody buys by them.
    return f"less than 0.01 {currency}" if cost.high < 0.01 else numerals.money(currency)(cost)


def _agreement(results: Results) -> str:
    runs = len(results.measurements)
    wrong = [found for found in results.measurements if found.mismatches]
    if not runs:
        return "Nothing was measured."
    if not wrong:
        where = "the one scenario" if runs == 1 else f"all {runs} scenarios"
        return f"In {where} every verdict was the one that the rule gives in the clear."
    verdicts = sum(found.mismatches for found in wrong)
    names = ", ".join(found.scenario.name for found in wrong)
    return (
        f"{numerals.count(verdicts)} verdicts differed from what the rule gives in the clear, in "
        f"{len(wrong)} of {runs} scenarios: {names}."
    )


def _people(subjects: int) -> str:
    return "one person" if subjects == 1 else f"{numerals.count(subjects)} people"
