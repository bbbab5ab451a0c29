"""Small programmes for tests, written as predicates over one catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from matcher.core.binding import sha256
from matcher.core.catalogue import Attribute, AttributeType, Catalogue
from matcher.core.identifiers import AgencyId, AttributeName, Role
from matcher.core.plan import Plan, compile_plan
from matcher.core.predicate import Predicate
from matcher.core.programme import DatedValue, ParameterValue, Programme
from matcher.core.scheme import ColumnKind, Scheme
from matcher.language.assembly import Parts, assemble
from matcher.language.parts import Tier, WrittenRule
from matcher.language.source import Source

DAY = date(2026, 6, 1)
FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)


def _attribute(name: str, kind: AttributeType, low: int, high: int, **more: object) -> Attribute:
    return Attribute(AttributeName(name), kind, low, high, **more)  # type: ignore[arg-type]


ATTRIBUTES: Mapping[AttributeName, Attribute] = {
    attribute.name: attribute
    for attribute in (
        _attribute("tax.bracket", AttributeType.INTEGER, 0, 7),
        _attribute("tax.dependants", AttributeType.INTEGER, 0, 9),
        _attribute("tax.income", AttributeType.INTEGER, -500, 9999, bands=(-1, 999, 4999, 9999)),
        _attribute("tax.wealth", AttributeType.INTEGER, 0, 1000),
        _attribute("tax.closed", AttributeType.INTEGER, 0, 7, absent=0),
        _attribute("tax.resident", AttributeType.BOOLEAN, 0, 1),
        _attribute("welfare.grade", AttributeType.INTEGER, 0, 6),
        _attribute("welfare.closed", AttributeType.INTEGER, 0, 6, absent=0),
        _attribute("welfare.adl", AttributeType.ENUMERATION, 0, 1, values=("limited", "normal")),
        _attribute("school.year", AttributeType.INTEGER, 1, 6),
        _attribute("town.years", AttributeType.INTEGER, 0, 9),
        _attribute("town.closed", AttributeType.BOOLEAN, 0, 1, absent=0),
    )
}


def programme_of(
    eligible: str,
    parameters: Mapping[str, Mapping[date, ParameterValue]] | None = None,
    *,
    most_members: int | None = None,
    tiers: Mapping[str, str | None] | None = None,
    absent: Mapping[str, str] | None = None,
) -> Programme:
    """The programme that decides ``eligible``, valid through 2026.

    Args:
        eligible: CEL.
        parameters: dated values.
        most_members: of a household; None for a programme of persons.
        tiers: conditions of the outcomes by name, in order; None for the last one.
        absent: by attribute, the word of the verdict that its absence means.
    """
    parts = Parts(
        id="test/programme",
        version="1",
        title={"en": "A programme of tests"},
        requester=AgencyId("city"),
        affair="tests",
        unit="person" if most_members is None else "household",
        legal_basis="",
        valid_from=FIRST,
        valid_to=LAST,
        parameters={
            name: [DatedValue(since, value) for since, value in dated.items()]
            for name, dated in (parameters or {}).items()
        },
        most_members=most_members,
        absent={
            name: WrittenRule(verdict, {"en": "tests say so"})
            for name, verdict in (absent or {}).items()
        },
        tiers=[
            Tier(name, {"en": name}, None if when is None else _source(when), None)
            for name, when in (tiers or {}).items()
        ],
    )
    return assemble(parts, Catalogue("test", ATTRIBUTES), _source(eligible), [])


def _source(text: str) -> Source:
    return Source(text, lambda offset: f"test:{offset + 1}")


def predicate_of(eligible: str) -> Predicate:
    """The predicate ``eligible`` means, not yet in normal form."""
    return programme_of(eligible).eligible


def plan_of(
    eligible: str,
    kind: ColumnKind = ColumnKind.DECISION,
    scheme: Scheme = Scheme.CLEAR,
    day: date = DAY,
    *,
    agencies: Mapping[str, int] | None = None,
    most_members: int | None = None,
    tiers: Mapping[str, str | None] | None = None,
    absent: Mapping[str, str] | None = None,
) -> Plan:
    """The plan of ``programme_of(eligible)``; ``agencies`` counts those of a role, else one."""
    programme = programme_of(eligible, most_members=most_members, tiers=tiers, absent=absent)
    counts = {Role(role): count for role, count in (agencies or {}).items()}
    return compile_plan(programme, sha256(eligible.encode()), scheme, kind, day, agencies=counts)
