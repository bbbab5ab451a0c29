"""A catalogue and two programmes that use the whole language, and a way to change their text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from matcher.core.catalogue import AttributeType
from matcher.core.programme import Unit
from matcher.language import load_catalogue
from matcher.language.conditions import Condition, compile_condition
from matcher.language.parameters import ParameterType
from matcher.language.source import Source
from matcher.language.vocabulary import Vocabulary

Write: TypeAlias = Callable[..., Path]

CATALOGUE = """\
catalogue: city
attributes:
  tax.income: {type: integer, domain: [0, 100000000], absent: unknown}
  tax.dependants: {type: integer, domain: [0, 20], absent: 0}
  tax.taxed: {type: boolean, absent: unknown}
  tax.unused: {type: boolean, absent: unknown}
  welfare.grade: {type: integer, domain: [0, 6], absent: unknown}
  welfare.kind: {type: enumeration, values: [none, physical, mental], absent: none}
  family.born: {type: date, domain: [1900-01-01, 2026-12-31], absent: unknown}
  family.married: {type: date, domain: [1900-01-01, 2026-12-31], absent: 1900-01-01}
"""
HOUSEHOLD = """\
programme: city/heating
version: "2026.1"
title: {en: Heating, ja: 灯油}
catalogue: city
requester: city-welfare
affair: 福祉
procedure: 申請
unit: household
most_members: 6
valid: {from: 2026-04-01, to: 2027-03-31}
parameters:
  limit: {2026-04-01: {0: 1000000, 1: 1380000, 2: 1760000}, 2026-10-01: [1100000, 1480000, 1860000]}
  half: {2026-04-01: 5000}
  born: {2026-04-01: 1961-04-01}
absent:
  welfare.grade: {verdict: ineligible, reason: {en: No certificate without a record}}
  tax.taxed: {verdict: undetermined}
eligible: >-
  members.all(m, !m.tax.taxed)
  && members.exists(m, m.welfare.grade in [1, 2] || m.family.born <= params.born)
outcomes:
  pays: {currency: JPY, every: year}
  tiers:
    - name: full
      title: {en: Full, ja: 全額}
      when: >-
        members.all(m, m.tax.income <= params.limit[math.least(m.tax.dependants, 2)])
      amount: 10000
    - {name: half, title: {en: Half}, amount: params.half}
tests:
  - name: one of two
    members:
      - {tax.taxed: false, welfare.grade: 1, tax.income: 1000000}
      - {tax.taxed: false, tax.income: 0}
    expect: eligible
    outcome: full
  - {name: nobody, members: [], expect: ineligible, date: 2026-05-01}
"""

_PARAMETERS = {
    "limit": ParameterType(AttributeType.INTEGER, numbers=(3,)),
    "k": ParameterType(AttributeType.INTEGER, numbers=(1, 2)),
    "table": ParameterType(AttributeType.INTEGER, table=True),
    "cut": ParameterType(AttributeType.DATE),
    "kind": ParameterType(AttributeType.ENUMERATION),
    "flag": ParameterType(AttributeType.BOOLEAN),
}
ATTRIBUTES = load_catalogue(CATALOGUE).attributes
VOCABULARIES = {
    Unit.PERSON: Vocabulary(ATTRIBUTES, _PARAMETERS),
    Unit.HOUSEHOLD: Vocabulary(ATTRIBUTES, _PARAMETERS, Unit.HOUSEHOLD, 8),
}


def compiled(text: str, unit: Unit) -> Condition:
    """The condition ``text``; its characters are found at ``f:offset``."""
    return compile_condition(Source(text, lambda offset: f"f:{offset}"), VOCABULARIES[unit])


def writer(directory: Path, programme: str) -> Write:
    """Write ``programme`` beside its catalogue, one piece of it replaced."""
    (directory / "catalogue.yaml").write_text(CATALOGUE, encoding="utf-8")

    def write(*changes: tuple[str, str]) -> Path:
        text = programme
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new, 1)
        path = directory / "programme.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write
