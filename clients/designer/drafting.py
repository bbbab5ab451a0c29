"""The first draft of a programme: a file that loads, says what its keys are for, and passes.

A designer starts from a rule that works and is wrong, not from an empty page. Nothing here reads or
writes files.

Rules:
 * What the designer named is written as it was said; everything else is an example, marked as such.
 * The example asks at most two agencies, each for one fact of the catalogue, with one limit that
   can be met and missed; its tests stand at the limit and beside it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from matcher.core.catalogue import Attribute, AttributeType, Catalogue, date_of_code
from matcher.core.programme import Unit

MOST_ASKED = 2
STARTER_CATALOGUE = """\
# The facts that agencies hold and programmes may ask for. One catalogue serves many programmes.
catalogue: {name}
attributes:
  tax.income:                     # role.name: the role says which agency answers
    type: integer                 # integer, enumeration, boolean or date
    domain: [0, 100000000]        # smallest and largest value
    absent: unknown               # what it means that the agency has no value
    title: {{en: Yearly income (yen), ja: 年間所得(円)}}
    source: 所得税法 22条
  welfare.disability_grade:
    type: integer
    domain: [0, 6]
    absent: 0                     # no certificate on record means grade 0
    title: {{en: Grade of the disability certificate (0 none), ja: 障害等級(0は該当なし)}}
    source: 身体障害者福祉法施行規則 別表第5号
"""
STARTER_PROPORTIONS = """\
attribute,value,to,weight,per,source
members,1,,38,household,illustrative
members,2,,28,household,illustrative
members,3,,17,household,illustrative
members,4,,17,household,illustrative
tax,present,,99,member,illustrative
tax,absent,,1,member,illustrative
tax.income,0,999999,30,member,illustrative
tax.income,1000000,2999999,35,member,illustrative
tax.income,3000000,5999999,25,member,illustrative
tax.income,6000000,20000000,10,member,illustrative
welfare.disability_grade,0,,93,member,illustrative
welfare.disability_grade,1,2,3,member,illustrative
welfare.disability_grade,3,6,4,member,illustrative
"""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a designer says before there is a programme; fields as in ``Programme``."""

    id: str
    title: Mapping[str, str]
    catalogue: Catalogue
    requester: str
    affair: str
    procedure: str
    unit: Unit
    legal_basis: str
    valid_from: date
    valid_to: date | None
    asked: tuple[Attribute, ...]


@dataclass(frozen=True, slots=True)
class _Condition:
    """An example condition on one attribute, with a value that meets it and one that does not."""

    text: str
    met: str
    missed: str


def attributes_to_ask(catalogue: Catalogue) -> tuple[Attribute, ...]:
    """Return the first attribute of each of the first roles, at most ``MOST_ASKED``."""
    first: dict[str, Attribute] = {}
    for attribute in catalogue.attributes.values():
        first.setdefault(attribute.role, attribute)
    return tuple(first.values())[:MOST_ASKED]


def programme_text(draft: Draft) -> str:
    """Return the programme file of ``draft``, with comments."""
    return "\n".join([*_head(draft), *_rule(draft), *_tests(draft), ""])


def _head(draft: Draft) -> Iterator[str]:
    period = [f"from: {draft.valid_from}"]
    if draft.valid_to is not None:
        period.append(f"to: {draft.valid_to}")
    titles = ", ".join(f"{tag}: {_quoted(title)}" for tag, title in draft.title.items())
    yield "# A benefit programme. Check it with `fusuma programme check`, read it back with"
    yield "# `fusuma programme explain`. Everything marked `example` is yours to replace."
    yield f"programme: {draft.id}"
    yield 'version: "1"                      # a published version is never edited: give a new one'
    yield f"title: {{{titles}}}"
    yield f"catalogue: {draft.catalogue.name}"
    yield f"requester: {draft.requester}"
    yield f"affair: {_quoted(draft.affair)}      # as the rows of the legal table name it"
    if draft.procedure:
        yield f"procedure: {_quoted(draft.procedure)}"
    yield f"unit: {draft.unit.value}"
    if draft.legal_basis:
        yield f"legal_basis: {_quoted(draft.legal_basis)}"
    yield f"valid: {{{', '.join(period)}}}"


def _rule(draft: Draft) -> Iterator[str]:
    yield ""
    yield "# Who is eligible: CEL over the catalogue's attributes. (example)"
    if draft.unit is Unit.HOUSEHOLD:
        yield "# members.all(m, …), members.exists(m, …) and members.filter(m, …).size() >= 2 speak"
        yield "# about the members of a household, m.role.name about one of them."
        wrap = "members.exists(m, {})"
        parts = [wrap.format(_condition(a, f"m.{a.name}").text) for a in draft.asked]
    else:
        parts = [_condition(attribute, attribute.name).text for attribute in draft.asked]
    yield "eligible: >-"
    for number, part in enumerate(parts):
        yield f"  {'&& ' if number else ''}{part}"
    yield ""
    yield "# Limits that change by year belong into dated parameters, as in"
    yield "#   parameters: {limit: {2026-04-01: 1999999}}      and then    <= params.limit"
    yield "# What is paid belongs into outcomes, where the first one that applies counts:"
    yield "#   outcomes:"
    yield "#     pays: {currency: JPY, every: month}"
    yield "#     tiers:"
    yield "#       - {name: full, title: {en: Full support}, when: …, amount: 10000}"
    yield "#       - {name: half, title: {en: Half of it}, amount: 5000}"


def _tests(draft: Draft) -> Iterator[str]:
    conditions = [_condition(attribute, attribute.name) for attribute in draft.asked]
    met = [condition.met for condition in conditions]
    yield ""
    yield "# Worked examples are part of the programme: `fusuma programme test` runs them, and"
    yield "# `fusuma programme mutate` tells which mistakes they would not notice. (example)"
    yield "tests:"
    yield from _test(draft, "everything just within its limit", met, "eligible")
    for number, attribute in enumerate(draft.asked):
        values = [*met[:number], conditions[number].missed, *met[number + 1 :]]
        yield from _test(draft, f"{attribute.name} just beyond its limit", values, "ineligible")


def _test(draft: Draft, name: str, values: Sequence[str], expect: str) -> Iterator[str]:
    given = ", ".join(
        f"{attribute.name}: {value}" for attribute, value in zip(draft.asked, values, strict=True)
    )
    yield f"  - name: {name}"
    if draft.unit is Unit.HOUSEHOLD:
        yield f"    members: [{{{given}}}]"
    else:
        yield f"    given: {{{given}}}"
    yield f"    expect: {expect}"


def _condition(attribute: Attribute, name: str) -> _Condition:
    """Return a condition on ``attribute``, called ``name`` in it."""
    middle = (attribute.low + attribute.high) // 2
    match attribute.type:
        case AttributeType.BOOLEAN:
            return _Condition(name, "true", "false")
        case AttributeType.ENUMERATION:
            first, second = (_quoted(value) for value in attribute.values[:2])
            return _Condition(f"{name} == {first}", first, second)
        case AttributeType.DATE:
            day, after = date_of_code(middle), date_of_code(middle + 1)
            return _Condition(f'{name} <= date("{day}")', str(day), str(after))
        case AttributeType.INTEGER:
            return _Condition(f"{name} <= {middle}", str(middle), str(middle + 1))


def _quoted(text: str) -> str:
    # JSON strings are YAML double-quoted scalars and CEL string literals alike.
    return json.dumps(text, ensure_ascii=False)
