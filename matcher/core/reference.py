"""The verdicts a programme means, decided in one place from everybody's values.

No agency could do this: it is the yardstick of tests, the demo and the designer's examples. It
knows nothing of plans, columns or schemes.

Rules:
 * The whole predicate is evaluated in Kleene logic, as written.
"""

from __future__ import annotations

from datetime import date

import numpy as np
from numpy.typing import NDArray

from matcher.core.literals import answer
from matcher.core.programme import Programme
from matcher.core.table import Table


def reference_verdicts(programme: Programme, day: date, table: Table) -> NDArray[np.uint8]:
    """Return one ``Verdict`` a subject, shape (subjects,).

    Args:
        programme: whose predicate decides.
        day: whose parameters count.
        table: every attribute the predicate reads, all agencies' side by side.

    Raises:
        ProgrammeNotValid: ``day`` lies outside the programme's validity.
        InvalidProgramme: a parameter has no value yet.
        InvalidAgencyTable: the table lacks an attribute.
    """
    # True, false and unknown have the codes of eligible, ineligible and undetermined.
    return answer(programme.predicate_on(day), programme.catalogue.attributes, table)
