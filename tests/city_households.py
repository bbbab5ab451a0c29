"""A benefit for households over the catalogue of the city, with outcomes: for whole runs."""

from __future__ import annotations

from datetime import date

from matcher.core.identifiers import AgencyId
from matcher.core.programme import Programme
from matcher.language.assembly import assemble
from matcher.language.catalogue_file import load_catalogue
from matcher.language.parts import Parts, Tier, WrittenPayment
from matcher.language.source import Source
from programmes import programme_path

ELIGIBLE = (
    "members.all(m, m.tax.income_bracket <= 5) && "
    "members.exists(m, m.welfare.disability_grade in [1, 2, 3])"
)
FULL = "members.all(m, m.tax.income_bracket <= 3)"


def city_households(
    eligible: str = ELIGIBLE, full: str | None = FULL, *, most_members: int = 3
) -> Programme:
    """The programme that pays 20,000 yen where ``full`` holds and 10,000 to all others eligible.

    Args:
        eligible: who is.
        full: who gets the first outcome; None for a programme without outcomes.
        most_members: of a household.
    """
    tiers = (
        Tier("full", {"en": "In full"}, _source(full or ""), 20000),
        Tier("half", {"en": "One half"}, None, 10000),
    )
    parts = Parts(
        id="city/household-support",
        version="1",
        title={"en": "Support of households"},
        requester=AgencyId("city-benefits"),
        affair="障害者福祉に関する事務",
        unit="household",
        legal_basis="",
        valid_from=date(2026, 4, 1),
        valid_to=date(2027, 3, 31),
        parameters={},
        most_members=most_members,
        tiers=() if full is None else tiers,
        payment=None if full is None else WrittenPayment("JPY", "year"),
    )
    catalogue = load_catalogue(programme_path("city/catalogue.yaml"))
    return assemble(parts, catalogue, _source(eligible), [])


def _source(text: str) -> Source:
    return Source(text, lambda offset: f"test:{offset + 1}")
