"""Who is decided otherwise by another version of a programme, and what that costs.

Rules:
 * Both versions decide the same subjects, each on its own day.
 * A subject with a value that one version does not know is left out, and counted: it cannot be
   said what that version would decide.
 * An outcome is known by its name; what it pays is part of what is decided.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from clients.review.decided import Decided, decided_of
from matcher.core.catalogue import Attribute, AttributeType
from matcher.core.identifiers import AttributeName
from matcher.core.programme import Programme
from matcher.core.reference import reference_decisions
from matcher.core.table import Grouping, Table, Values
from matcher.core.verdict import Verdict, decision_of_tier

_BITS = 8


@dataclass(frozen=True, slots=True)
class Version:
    """A programme on the day on which it is looked at."""

    programme: Programme
    day: date


@dataclass(frozen=True, slots=True)
class Transitions:
    """How the decisions about the same subjects compare.

    Attributes:
        counts: how many subjects go from one decision to another, equal ones included.
        left_out: subjects with a value that one version does not know.
    """

    counts: Mapping[tuple[Decided, Decided], int]
    left_out: int

    @property
    def subjects(self) -> int:
        """How many are compared."""
        return sum(self.counts.values())

    @property
    def changed(self) -> Mapping[tuple[Decided, Decided], int]:
        """Those whose decisions differ, most first."""
        changed = {pair: count for pair, count in self.counts.items() if pair[0] != pair[1]}
        return dict(sorted(changed.items(), key=lambda entry: -entry[1]))

    @property
    def money(self) -> int:
        """What one payment to everybody costs more in the new version; negative for less."""
        return sum(
            ((new.amount or 0) - (old.amount or 0)) * count
            for (old, new), count in self.counts.items()
        )


def joint_attributes(old: Programme, new: Programme) -> Mapping[AttributeName, Attribute]:
    """Return the attributes of both, as the new version has them where both do."""
    return {**old.catalogue.attributes, **new.catalogue.attributes}


def transitions(
    old: Version,
    new: Version,
    attributes: Mapping[AttributeName, Attribute],
    table: Table,
    grouping: Grouping | None,
) -> Transitions:
    """Return how the decisions of ``old`` and ``new`` about the same subjects compare.

    Args:
        old: one version.
        new: another.
        attributes: what the codes of ``table`` mean.
        table: every attribute that either reads, a row a member.
        grouping: whose rows are one household's; None for persons.
    """
    before, known_before = _decisions(old, attributes, table, grouping)
    after, known_after = _decisions(new, attributes, table, grouping)
    known = known_before & known_after
    pairs = before[known].astype(np.uint16) << _BITS | after[known]
    codes, counts = np.unique(pairs, return_counts=True)
    told_before, told_after = _told(old), _told(new)
    return Transitions(
        {
            (told_before[code >> _BITS], told_after[code & (1 << _BITS) - 1]): count
            for code, count in zip(codes.tolist(), counts.tolist(), strict=True)
        },
        int(np.count_nonzero(~known)),
    )


def transition_of(
    old: Version,
    new: Version,
    attributes: Mapping[AttributeName, Attribute],
    table: Table,
    grouping: Grouping | None,
) -> list[tuple[Decided, Decided] | None]:
    """Return every subject's transition, None where it is left out; arguments as above."""
    before, known_before = _decisions(old, attributes, table, grouping)
    after, known_after = _decisions(new, attributes, table, grouping)
    told_before, told_after = _told(old), _told(new)
    known = known_before & known_after
    return [
        (told_before[int(one)], told_after[int(other)]) if counted else None
        for one, other, counted in zip(before, after, known, strict=True)
    ]


def _decisions(
    version: Version,
    attributes: Mapping[AttributeName, Attribute],
    table: Table,
    grouping: Grouping | None,
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Return what ``version`` decides about every subject, and where it knows all their values."""
    own = version.programme.catalogue.attributes
    known = np.ones(len(next(iter(table.values()))), dtype=np.bool_)
    values = {}
    for name, attribute in own.items():
        values[name], understood = _recoded(table[name], attributes[name], attribute)
        known &= understood
    decisions = reference_decisions(version.programme, version.day, values, grouping)
    if grouping is not None:
        strange = np.bincount(grouping.group_of[~known], minlength=grouping.groups)
        known = strange == 0
    return decisions, known


def _recoded(values: Values, meant: Attribute, own: Attribute) -> tuple[Values, NDArray[np.bool_]]:
    """Return ``values`` in the codes of ``own``, and where there is such a code."""
    codes = values.codes
    if meant.type is not own.type:
        understood = ~values.present
    elif own.type is AttributeType.ENUMERATION and meant.values != own.values:
        places = {name: code for code, name in enumerate(own.values)}
        new_codes = np.array([places.get(name, -1) for name in meant.values], dtype=np.int32)
        codes = new_codes[np.where(values.present, codes, 0)]
        understood = ~values.present | (codes >= 0)
    else:
        understood = ~values.present | ((codes >= own.low) & (codes <= own.high))
    present = values.present & understood
    return Values(np.where(present, codes, 0).astype(np.int32), present), understood


def _told(version: Version) -> Mapping[int, Decided]:
    """Return what every decision code of ``version`` says."""
    tiers = max(1, len(version.programme.outcomes))
    codes = [*map(int, Verdict), *map(decision_of_tier, range(1, tiers))]
    found = decided_of(version.programme, version.day, np.array(codes, dtype=np.uint8))
    return dict(zip(codes, found, strict=True))
