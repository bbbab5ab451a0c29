"""Programmes for tests of a designer's tools, as the files a designer would write."""

from __future__ import annotations

from pathlib import Path

CATALOGUE = """\
catalogue: town
attributes:
  tax.income: {type: integer, domain: [0, 100], absent: unknown, title: {en: Income, ja: 所得}}
  tax.dependants: {type: integer, domain: [0, 4], absent: 0, title: {en: Dependants, ja: 扶養人数}}
  tax.taxed: {type: boolean, absent: unknown, title: {en: Taxed, ja: 課税}}
  tax.born:
    type: date
    domain: [1900-01-01, 2026-12-31]
    absent: unknown
    title: {en: Date of birth, ja: 生年月日}
  welfare.grade: {type: integer, domain: [0, 6], absent: 0, title: {en: Grade, ja: 等級}}
  welfare.kind:
    type: enumeration
    values: [none, physical, mental]
    absent: unknown
    title: {en: Kind of certificate, ja: 手帳の種別}
"""

PERSON = """\
programme: town/grant
version: "1"
title: {en: A grant, ja: 手当}
catalogue: town
requester: town-hall
affair: grants
procedure: application
unit: person
legal_basis: Town ordinance, article 3
valid: {from: 2026-04-01, to: 2027-03-31}
parameters:
  limit: {2026-04-01: 20, 2026-10-01: 30}
absent:
  welfare.kind:
    verdict: ineligible
    reason: {en: Whoever applies shows a certificate, ja: 申請者が手帳を示す}
eligible: tax.income <= params.limit && welfare.kind in ["physical", "mental"]
outcomes:
  pays: {currency: JPY, every: year}
  tiers:
    - {name: full, title: {en: Full, ja: 全額}, when: tax.income == 0, amount: 10000}
    - {name: half, title: {en: Half, ja: 半額}, amount: 5000}
tests:
  - name: no income
    date: 2026-06-01
    given: {tax.income: 0, welfare.kind: physical}
    expect: eligible
    outcome: full
    amount: 10000
  - name: little income
    date: 2026-06-01
    given: {tax.income: 1, welfare.kind: mental}
    expect: eligible
    outcome: half
    amount: 5000
  - name: at the limit
    date: 2026-06-01
    given: {tax.income: 20, welfare.kind: mental}
    expect: eligible
  - name: above the limit
    date: 2026-06-01
    given: {tax.income: 21, welfare.kind: mental}
    expect: ineligible
  - name: no certificate
    date: 2026-06-01
    given: {tax.income: 0, welfare.kind: none}
    expect: ineligible
  - name: no record of a certificate
    date: 2026-06-01
    given: {tax.income: 0}
    expect: ineligible
  - name: income unknown
    date: 2026-06-01
    given: {welfare.kind: mental}
    expect: undetermined
"""

HOUSEHOLD = """\
programme: town/heating
version: "1"
title: {en: Heating, ja: 灯油}
catalogue: town
requester: town-hall
affair: heating
unit: household
most_members: 3
valid: {from: 2026-04-01, to: 2027-03-31}
eligible: >-
  members.all(m, !m.tax.taxed)
  && members.filter(m, m.welfare.grade in [1, 2]).size() >= 1
tests:
  - name: one of two has a certificate
    members: [{tax.taxed: false}, {tax.taxed: false, welfare.grade: 2}]
    expect: eligible
  - name: the other one is taxed
    members: [{tax.taxed: true}, {tax.taxed: false, welfare.grade: 1}]
    expect: ineligible
  - name: nobody has a certificate
    members: [{tax.taxed: false}]
    expect: ineligible
  - name: nobody lives there
    members: []
    expect: ineligible
  - name: one is not known to the tax office
    members: [{tax.taxed: false, welfare.grade: 1}, {}]
    expect: undetermined
"""

GRANTS = """\
grants:
  - requester: town-hall
    affair: grants
    procedure: application
    provider: tax
    items: [tax.income]
    basis: {law: National law 19-8}
    valid: {from: 2026-04-01}
  - requester: town-hall
    affair: grants
    provider: welfare
    items: [welfare.kind, welfare.grade]
    basis: {ordinance: Town ordinance 9-2}
    valid: {from: 2026-04-01, to: 2027-03-31}
"""


def write_person(folder: Path, *edits: tuple[str, str]) -> Path:
    """Write the programme about persons and its catalogue, with ``edits`` made to it."""
    return _write(folder, "grant.yaml", PERSON, edits)


def write_household(folder: Path, *edits: tuple[str, str]) -> Path:
    """Write the programme about households and its catalogue, with ``edits`` made to it."""
    return _write(folder, "heating.yaml", HOUSEHOLD, edits)


def write_grants(folder: Path, *edits: tuple[str, str]) -> Path:
    """Write the legal table of the programme about persons, with ``edits`` made to it."""
    return _write(folder, "grants.yaml", GRANTS, edits)


def _write(folder: Path, name: str, text: str, edits: tuple[tuple[str, str], ...]) -> Path:
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new, 1)
    (folder / "catalogue.yaml").write_text(CATALOGUE, encoding="utf-8")
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path
