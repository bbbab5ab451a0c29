"""Putting a programme together, wherever its parts were read from.

A designer's YAML file and a bundle from a peer pass through the same checks here.

Rules:
 * The catalogue shrinks to what the conditions read, 64 attributes at most.
 * Households have 2 to 16 members; only they say how many.
 * The conditions of a programme have at most 16 KiB of text together.
 * Every text is what it looks like (see ``plain_text``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from matcher.core.catalogue import Catalogue
from matcher.core.errors import InvalidProgramme
from matcher.core.nearest import nearest
from matcher.core.predicate import attributes_of
from matcher.core.programme import MOST_MEMBERS, Programme, Unit
from matcher.language.conditions import Condition, compile_condition
from matcher.language.examples import cases_of
from matcher.language.extents import check_extents
from matcher.language.fields import located
from matcher.language.outcomes import absences_of, check_tiers, outcomes_of
from matcher.language.parameters import check_uses, parameter_type
from matcher.language.parts import Example, Parts
from matcher.language.plain_text import check_source, check_texts
from matcher.language.source import Source
from matcher.language.vocabulary import Vocabulary

__all__ = ["MOST_ATTRIBUTES", "Example", "Parts", "assemble"]

MOST_ATTRIBUTES = 64
MOST_TEXT = 16 * 1024
FEWEST_MEMBERS = 2
USUAL_MEMBERS = 8
_UNITS = {unit.value: unit for unit in Unit}


def assemble(
    parts: Parts, catalogue: Catalogue, source: Source, examples: Sequence[Example]
) -> Programme:
    """Return the programme.

    Args:
        parts: all but its conditions of eligibility and its tests.
        catalogue: what it may read.
        source: who is eligible.
        examples: its tests.

    Raises:
        InvalidProgramme: a rule above, or one of what is put together here, is broken.
        InvalidPredicate: a condition is; says where.
    """
    unit, most_members = _unit(parts)
    check_texts(_texts(parts, catalogue, examples))
    sources = [source, *(tier.when for tier in parts.tiers if tier.when is not None)]
    _check_sources(sources)
    kinds = {name: parameter_type(name, dated) for name, dated in parts.parameters.items()}
    check_tiers(parts, kinds)
    vocabulary = Vocabulary(catalogue.attributes, kinds, unit, most_members)
    eligible = compile_condition(source, vocabulary)
    whens = [
        None if tier.when is None else compile_condition(tier.when, vocabulary)
        for tier in parts.tiers
    ]
    conditions = [eligible, *(when for when in whens if when is not None)]
    kept = _shrunk(catalogue, conditions)
    attributes = kept.attributes
    amounts = [tier.amount for tier in parts.tiers if isinstance(tier.amount, str)]
    predicates = [condition.predicate for condition in conditions]
    check_uses(parts.parameters, predicates, amounts, attributes, parts.places)
    parameters = {
        name: tuple(sorted(dated, key=lambda value: value.since))
        for name, dated in sorted(parts.parameters.items())
    }
    check_extents(conditions, parameters, kept, parts.valid_from, parts.valid_to)
    outcomes, payment = outcomes_of(parts, whens)
    return Programme(
        id=parts.id,
        version=parts.version,
        title=parts.title,
        catalogue=kept,
        requester=parts.requester,
        affair=parts.affair,
        procedure=parts.procedure,
        unit=unit,
        most_members=most_members,
        legal_basis=parts.legal_basis,
        valid_from=parts.valid_from,
        valid_to=parts.valid_to,
        parameters=parameters,
        eligible=eligible.predicate,
        eligible_source=source.text,
        absences=absences_of(parts, attributes),
        outcomes=outcomes,
        payment=payment,
        cases=cases_of(examples, parts, vocabulary, attributes),
    )


def _unit(parts: Parts) -> tuple[Unit, int]:
    unit = _UNITS.get(parts.unit)
    if unit is None:
        raise InvalidProgramme(
            f"there is no unit {parts.unit[:40]!r}",
            where=parts.place("unit"),
            fix=nearest(parts.unit, _UNITS),
        )
    most, place = parts.most_members, parts.place("most_members")
    if unit is Unit.PERSON:
        if most not in (None, 1):
            raise InvalidProgramme(
                "a programme for persons has no members",
                where=place,
                fix="leave most_members out, or write unit: household",
            )
        return unit, 1
    most = USUAL_MEMBERS if most is None else most
    if not FEWEST_MEMBERS <= most <= MOST_MEMBERS:
        raise InvalidProgramme(
            f"a household of at most {most} members is not offered",
            where=place,
            fix=f"write a number from {FEWEST_MEMBERS} to {MOST_MEMBERS}",
        )
    return unit, most


def _check_sources(sources: Sequence[Source]) -> None:
    for source in sources:
        located(source.locate(0), check_source, source.text)
    size = sum(len(source.text.encode()) for source in sources)
    if len(sources) > 1 and size > MOST_TEXT:
        raise InvalidProgramme(
            f"the conditions are {size} bytes long together, more than {MOST_TEXT}",
            where=sources[0].locate(0),
            fix="split the programme",
        )


def _shrunk(catalogue: Catalogue, conditions: Sequence[Condition]) -> Catalogue:
    """Return what ``conditions``, the first of them who is eligible, read of ``catalogue``."""
    place = conditions[0].source.locate(0)
    if not any(attributes_of(conditions[0].predicate)):
        raise InvalidProgramme(
            "the predicate asks nobody for anything", where=place, fix="use an attribute"
        )
    for condition in conditions[1:]:
        if not any(attributes_of(condition.predicate)):
            raise InvalidProgramme(
                "the condition of an outcome asks nobody for anything",
                where=condition.source.locate(0),
                fix="use an attribute",
            )
    used = sorted({name for each in conditions for name in attributes_of(each.predicate)})
    if len(used) > MOST_ATTRIBUTES:
        raise InvalidProgramme(
            f"the predicate reads {len(used)} attributes, more than {MOST_ATTRIBUTES}",
            where=place,
            fix="split the programme",
        )
    return Catalogue(catalogue.name, {name: catalogue.attributes[name] for name in used})


def _texts(parts: Parts, catalogue: Catalogue, examples: Sequence[Example]) -> Iterator[str]:
    yield from (parts.id, parts.version, parts.affair, parts.procedure, parts.legal_basis)
    yield catalogue.name
    by_language = [parts.title, *(tier.title for tier in parts.tiers)]
    by_language += [rule.reason for rule in parts.absent.values()]
    for attribute in catalogue.attributes.values():
        yield from (attribute.source, *attribute.values)
        by_language.append(attribute.title)
    for titles in by_language:
        for tag, title in titles.items():
            yield from (tag, title)
    for example in examples:
        yield example.name
