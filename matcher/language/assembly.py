"""Putting a programme together, wherever its parts were read from.

A designer's YAML file and a bundle from a peer pass through the same checks here.

Rules:
 * The catalogue shrinks to what the predicate reads, 64 attributes at most.
 * A parameter has values of one type, is used, and its text is a value of what it is compared
   with.
 * Worked examples speak of attributes the predicate reads; what they leave out is absent. A day of
   their own lies in the programme's validity.
 * The unit is ``person``.
 * Every text is what it looks like (see ``plain_text``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from matcher.core.catalogue import Attribute, AttributeType, Catalogue
from matcher.core.errors import InvalidProgramme
from matcher.core.identifiers import AgencyId, AttributeName
from matcher.core.predicate import ParameterOperand, Predicate, attributes_of, operands_of
from matcher.core.programme import (
    Case,
    DatedValue,
    Programme,
    Unit,
)
from matcher.core.verdict import Verdict
from matcher.language.catalogue_file import IDENTIFIER
from matcher.language.cel import PARAMETERS, Source
from matcher.language.conditions import compile_predicate
from matcher.language.fields import located, nearest
from matcher.language.plain_text import check_source, check_texts

MOST_ATTRIBUTES = 64
MOST_PARAMETER = 2**53 - 1


@dataclass(frozen=True, slots=True)
class Parts:
    """A programme before its predicate is compiled; fields as in ``Programme``.

    ``places`` finds ``unit`` and every parameter, by its name behind ``params.``, for a reader.
    """

    id: str
    version: str
    title: Mapping[str, str]
    requester: AgencyId
    affair: str
    unit: str
    legal_basis: str
    valid_from: date
    valid_to: date | None
    parameters: Mapping[str, Sequence[DatedValue]]
    places: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Example:
    """A worked example as written: values by name, None for absence, a verdict's word.

    ``places`` finds ``expect``, ``date`` and every attribute given for a reader.
    """

    name: str
    given: Mapping[str, int | bool | str | None]
    expect: str
    day: date | None = None
    places: Mapping[str, str] = field(default_factory=dict)


def assemble(
    parts: Parts, catalogue: Catalogue, source: Source, examples: Sequence[Example]
) -> Programme:
    """Return the programme.

    Raises:
        InvalidProgramme: a rule above is broken.
        InvalidPredicate: the predicate is; says where.
    """
    if parts.unit != Unit.PERSON:
        raise InvalidProgramme(
            f"programmes for the unit {parts.unit[:40]!r} are not offered",
            where=parts.places.get("unit", ""),
            fix=f"write {Unit.PERSON.value}",
        )
    check_texts(_texts(parts, catalogue, examples))
    located(source.locate(0), check_source, source.text)
    kinds = {name: parameter_type(name, dated) for name, dated in parts.parameters.items()}
    predicate = compile_predicate(source, catalogue.attributes, kinds)
    used = sorted(set(attributes_of(predicate)))
    if not used:
        raise InvalidProgramme(
            "the predicate asks nobody for anything",
            where=source.locate(0),
            fix="use an attribute",
        )
    if len(used) > MOST_ATTRIBUTES:
        raise InvalidProgramme(
            f"the predicate reads {len(used)} attributes, more than {MOST_ATTRIBUTES}",
            where=source.locate(0),
            fix="split the programme",
        )
    attributes = {name: catalogue.attributes[name] for name in used}
    _check_parameters(parts, predicate, attributes)
    return Programme(
        id=parts.id,
        version=parts.version,
        title=parts.title,
        catalogue=Catalogue(catalogue.name, attributes),
        requester=parts.requester,
        affair=parts.affair,
        procedure="",
        unit=Unit.PERSON,
        most_members=1,
        legal_basis=parts.legal_basis,
        valid_from=parts.valid_from,
        valid_to=parts.valid_to,
        parameters={
            name: tuple(sorted(dated, key=lambda value: value.since))
            for name, dated in sorted(parts.parameters.items())
        },
        eligible=predicate,
        eligible_source=source.text,
        absences={},
        outcomes=(),
        payment=None,
        cases=tuple(_case(example, parts, attributes) for example in examples),
    )


def parameter_type(name: str, dated: Sequence[DatedValue]) -> AttributeType:
    """Return the one type of a parameter's values.

    Raises:
        InvalidProgramme: there is none.
    """
    if not IDENTIFIER.fullmatch(name):
        raise InvalidProgramme(f"{name[:80]!r} is not a parameter's name", fix="use a-z, 0-9 and _")
    found = {type(value.value) for value in dated}
    if len(found) != 1:
        raise InvalidProgramme(
            f"the parameter {name} has {'values of several types' if found else 'no values'}",
            fix="give it values of one type, by the date they begin",
        )
    if len({value.since for value in dated}) != len(dated):
        raise InvalidProgramme(
            f"the parameter {name} has two values from the same day", fix="leave one of them out"
        )
    if any(isinstance(v.value, int) and abs(v.value) > MOST_PARAMETER for v in dated):
        raise InvalidProgramme(
            f"the parameter {name} has a value that is too large", fix="use a smaller number"
        )
    kinds: dict[type, AttributeType] = {
        bool: AttributeType.BOOLEAN,
        int: AttributeType.INTEGER,
        str: AttributeType.ENUMERATION,
    }
    return kinds[found.pop()]


def code_of(attribute: Attribute, value: int | bool | str | None) -> int | None:  # noqa: FBT001
    """Return the code of a value as people write it; None stays None.

    Raises:
        InvalidProgramme: it is not a value of ``attribute``.
    """
    if value is None:
        return None
    match attribute.type:
        case AttributeType.ENUMERATION if isinstance(value, str) and value in attribute.values:
            return attribute.values.index(value)
        case AttributeType.BOOLEAN if isinstance(value, bool):
            return int(value)
        case AttributeType.INTEGER if type(value) is int:
            if attribute.low <= value <= attribute.high:
                return value
    fix = f"use a whole number from {attribute.low} to {attribute.high}"
    if attribute.type is AttributeType.ENUMERATION:
        fix = nearest(str(value), attribute.values)
    elif attribute.type is AttributeType.BOOLEAN:
        fix = "use true or false"
    raise InvalidProgramme(f"{str(value)[:80]!r} is no value of {attribute.name}", fix=fix)


def _texts(parts: Parts, catalogue: Catalogue, examples: Sequence[Example]) -> Iterator[str]:
    yield from (parts.id, parts.version, parts.affair, parts.legal_basis, catalogue.name)
    for tag, title in parts.title.items():
        yield from (tag, title)
    for attribute in catalogue.attributes.values():
        yield from (attribute.source, *attribute.values)
        for tag, title in attribute.title.items():
            yield from (tag, title)
    for example in examples:
        yield example.name


def _case(example: Example, parts: Parts, attributes: Mapping[AttributeName, Attribute]) -> Case:
    last = parts.valid_to or date.max
    if example.day is not None and not parts.valid_from <= example.day <= last:
        raise InvalidProgramme(
            f"the programme is not valid on {example.day.isoformat()}, the date of a test",
            where=example.places.get("date", ""),
            fix="choose a day of its validity",
        )
    given: dict[AttributeName, int | None] = dict.fromkeys(attributes)
    for written, value in example.given.items():
        name = AttributeName(written)
        place = example.places.get(written, "")
        if name not in attributes:
            raise InvalidProgramme(
                f"the predicate does not read {written[:80]!r}",
                where=place,
                fix=nearest(written, attributes),
            )
        given[name] = located(place, code_of, attributes[name], value)
    words = {verdict.word: verdict for verdict in Verdict}
    if example.expect not in words:
        raise InvalidProgramme(
            f"{example.expect[:40]!r} is no verdict",
            where=example.places.get("expect", ""),
            fix=nearest(example.expect, words),
        )
    return Case(example.name, (given,), words[example.expect], None, example.day)


def _check_parameters(
    parts: Parts, predicate: Predicate, attributes: Mapping[AttributeName, Attribute]
) -> None:
    uses = [use for use in operands_of(predicate) if isinstance(use, ParameterOperand)]
    for name in parts.parameters:
        if name not in {use.name for use in uses}:
            raise InvalidProgramme(
                f"the parameter {name} is never used",
                where=_place(parts, name),
                fix=f"use {PARAMETERS}.{name}, or leave it out",
            )
    for use in uses:
        if use.attribute is None:
            continue
        for dated in parts.parameters[use.name]:
            if dated.value not in attributes[use.attribute].values:
                raise InvalidProgramme(
                    f"{str(dated.value)[:80]!r}, a value of the parameter {use.name}, "
                    f"is no value of {use.attribute}",
                    where=_place(parts, use.name),
                    fix=nearest(str(dated.value), attributes[use.attribute].values),
                )


def _place(parts: Parts, parameter: str) -> str:
    return parts.places.get(f"{PARAMETERS}.{parameter}", "")
