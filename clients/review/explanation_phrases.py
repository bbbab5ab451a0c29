"""The words a programme is explained in: one sentence a template, for every language.

Rules:
 * Languages differ in order, so that sentences are never put together from words: what is put into
   a template is a name, a value or an amount.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from matcher.core.predicate import Arithmetic, Extreme, Operator, TimeUnit
from matcher.core.programme import Interval


@dataclass(frozen=True, slots=True)
class Phrases:
    """Sentences with places for names and values.

    Attributes:
        header: who decides, for what, when; ``procedure`` where there is one.
        day: of ``year``, ``month`` by its number and ``month_name``, ``day``.
        compared: an amount with an amount.
        compared_days: a day with a day.
        elapsed: time since a day.
        durations: a number of what is counted.
        pays: how often an amount is paid.
    """

    header: str
    procedure: str
    household: str
    basis: str
    until: str
    open_end: str
    day: str
    parameter: str
    since: str
    then: str
    entry: str
    entries: str
    eligible: str
    eligible_household: str
    all: str
    any: str
    at_least: str
    every_member: str
    some_member: str
    members: str
    exactly: str
    at_most: str
    asked: str
    granted: str
    by_law: str
    by_ordinance: str
    not_granted: str
    outcome_one: str
    outcomes: str
    tier: str
    tier_paid: str
    tier_when: str
    tier_rest: str
    paid: Mapping[Interval, str]
    currency: Mapping[str, str]
    other_currency: str
    closed: str
    open: str
    never_helps: str
    never_hurts: str
    reason: str
    quoted: str
    title: str
    term: str
    applies: str
    applies_not: str
    member: str
    no_member: str
    comma: str
    last_comma: str
    last_and: str
    compared: Mapping[Operator, str]
    compared_days: Mapping[Operator, str]
    computed: Mapping[Arithmetic, str]
    extreme: Mapping[Extreme, str]
    lookup: str
    elapsed: Mapping[TimeUnit, str]
    durations: Mapping[TimeUnit, str]
    true: str
    false: str
