"""What a benchmark asks: predicates over eight agencies that hold one attribute each.

Rules:
 * The catalogue and the legal table are files of this package; a predicate is CEL over them, as in
   any programme.
 * ``all`` is the conjunction of one condition for each of so many agencies, ``any`` their
   disjunction. With two agencies, ``all`` is the predicate of ``benchmark/support``.
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path

from matcher.core.catalogue import Catalogue
from matcher.core.errors import InvalidConfiguration
from matcher.core.identifiers import AgencyId, AttributeName, Role
from matcher.core.programme import Programme
from matcher.language import load_catalogue
from matcher.language.assembly import assemble
from matcher.language.parts import Parts
from matcher.language.source import Source

REQUESTER = AgencyId("city-benefits")
DAY = dt.date(2000, 1, 1)
FEWEST_AGENCIES, MOST_AGENCIES = 2, 8
CATALOGUE_FILE = Path(__file__).with_name("catalogue.yaml")
GRANTS_FILE = Path(__file__).with_name("grants.yaml")
WORDS = {"all": " && ", "any": " || "}
"""What a predicate may be instead of CEL, and what stands between its conditions."""

_TITLE = {"en": "A benchmark"}
# What the benchmark programme asks its two agencies; a further one is asked for half its values.
_ASKED = {
    "tax.income_bracket": "tax.income_bracket <= 3",
    "welfare.disability_grade": "welfare.disability_grade in [1, 2]",
}


@cache
def catalogue() -> Catalogue:
    """Return what the agencies hold, in the order in which they take part."""
    return load_catalogue(CATALOGUE_FILE)


def attribute_of(role: Role) -> AttributeName:
    """Return the only attribute of ``role``."""
    (name,) = (one.name for one in catalogue().attributes.values() if one.role == role)
    return name


def roles() -> tuple[Role, ...]:
    """Return all roles, in the order in which they take part."""
    return tuple(attribute.role for attribute in catalogue().attributes.values())


def spelt_out(word: str, agencies: int) -> str:
    """Return the CEL text of ``all`` or ``any`` over the first ``agencies`` agencies.

    Raises:
        InvalidConfiguration: there are not so many agencies.
    """
    if not FEWEST_AGENCIES <= agencies <= MOST_AGENCIES:
        raise InvalidConfiguration(
            f"a benchmark has {FEWEST_AGENCIES} to {MOST_AGENCIES} agencies, not {agencies}",
            fix="choose a number between them",
        )
    names = list(catalogue().attributes)[:agencies]
    return WORDS[word].join(_ASKED.get(name, f"{name} <= 3") for name in names)


def programme_of(source: Source) -> Programme:
    """Return the programme whose predicate is ``source``.

    Raises:
        InvalidPredicate: it does not parse, does not type-check or names something unknown.
        InvalidProgramme: it asks nobody for anything.
    """
    parts = Parts(
        id="benchmark/scenario",
        version="1",
        title=_TITLE,
        requester=REQUESTER,
        affair="benchmark",
        unit="person",
        legal_basis="",
        valid_from=DAY,
        valid_to=None,
        parameters={},
    )
    return assemble(parts, catalogue(), source, ())


def programme_for(predicate: str) -> Programme:
    """Return the programme whose predicate is the text ``predicate``; raises as the above."""
    return programme_of(Source(predicate, lambda offset: f"predicate:{offset + 1}"))
