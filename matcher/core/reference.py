"""The verdicts a programme means, decided in one place from everybody's values.

No agency could do this: it is the yardstick of tests, the demo and the designer's examples. It
knows nothing of plans, columns or schemes.

Rules:
 * The whole predicate is evaluated in Kleene logic, as written.
 * A tier applies where it certainly does; who certainly gets none is ineligible.
"""

from __future__ import annotations

from datetime import date

import numpy as np
from numpy.typing import NDArray

from matcher.core.kleene import FALSE, TRUE
from matcher.core.literals import answer
from matcher.core.programme import Programme
from matcher.core.table import Grouping, Table
from matcher.core.verdict import decisions_of, verdicts_of


def reference_decisions(
    programme: Programme, day: date, table: Table, grouping: Grouping | None = None
) -> NDArray[np.uint8]:
    """Return one decision a subject: its verdict and, if eligible, its tier.

    Args:
        programme: whose predicate and outcomes decide.
        day: whose parameters count.
        table: every attribute the programme reads, all agencies' side by side, a row a person.
        grouping: which household every row is a member of; None for persons.

    Returns:
        codes as in ``verdict``, shape (subjects,).

    Raises:
        ProgrammeNotValid: ``day`` lies outside the programme's validity.
        InvalidProgramme: a parameter has no value yet.
        InvalidPredicate: an amount can leave its range, or the unit is not that of the table.
        InvalidAgencyTable: the table lacks an attribute.
    """
    attributes = programme.catalogue.attributes
    eligible = answer(programme.predicate_on(day), attributes, table, grouping)
    if not programme.outcomes:
        # True, false and unknown have the codes of eligible, ineligible and undetermined.
        return eligible
    left = eligible == TRUE
    certain = []
    for condition in programme.conditions_on(day):
        if condition is None:
            certain.append(left)
            break
        holds = answer(condition, attributes, table, grouping)
        certain.append(left & (holds == TRUE))
        # Who may get a tier is not put into a later one.
        left = left & (holds == FALSE)
    return decisions_of(certain, eligible == FALSE)


def reference_verdicts(
    programme: Programme, day: date, table: Table, grouping: Grouping | None = None
) -> NDArray[np.uint8]:
    """Return one ``Verdict`` a subject, shape (subjects,); arguments as for the decisions."""
    return verdicts_of(reference_decisions(programme, day, table, grouping))
