"""A programme in its bundle.

Rules:
 * Everything a designer wrote travels, titles, reasons and tests included: whoever approves a
   programme reads them. Conditions travel as their CEL text.
 * Every key is there; what a programme does not have is null, empty or an empty list.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from matcher.core.canonical import JsonObject, JsonValue
from matcher.core.catalogue import Attribute, Catalogue
from matcher.core.errors import InvalidMessage
from matcher.core.identifiers import AttributeName, agency_id
from matcher.core.programme import Case, DatedValue, ParameterTable, ParameterValue, Programme
from matcher.language.assembly import assemble
from matcher.language.parts import Example, Parts, Tier, WrittenPayment, WrittenRule
from matcher.language.source import Source
from matcher.language.strict_json import Fields, exactly
from matcher.language.written_values import WrittenValue, written_day, written_value

_KEYS = (
    *("id", "version", "title", "requester", "affair", "procedure", "unit", "most_members"),
    *("legal_basis", "valid", "parameters", "absent", "eligible", "outcomes", "pays", "tests"),
)


def programme_json(programme: Programme) -> JsonObject:
    """Return ``programme``, without its catalogue, as JSON."""
    attributes = programme.catalogue.attributes
    paid = programme.payment
    return {
        "id": programme.id,
        "version": programme.version,
        "title": dict(programme.title),
        "requester": programme.requester,
        "affair": programme.affair,
        "procedure": programme.procedure,
        "unit": programme.unit.value,
        "most_members": programme.most_members,
        "legal_basis": programme.legal_basis,
        "valid": {
            "from": programme.valid_from.isoformat(),
            "to": None if programme.valid_to is None else programme.valid_to.isoformat(),
        },
        "parameters": {
            name: {value.since.isoformat(): _parameter_json(value.value) for value in dated}
            for name, dated in programme.parameters.items()
        },
        "absent": {
            name: {"verdict": rule.verdict.word, "reason": dict(rule.reason)}
            for name, rule in programme.absences.items()
        },
        "eligible": programme.eligible_source,
        "outcomes": [
            {
                "name": outcome.name,
                "title": dict(outcome.title),
                "when": None if outcome.when is None else outcome.when_source,
                "amount": outcome.amount,
            }
            for outcome in programme.outcomes
        ],
        "pays": None if paid is None else {"currency": paid.currency, "every": paid.every.value},
        "tests": [_case_json(case, attributes) for case in programme.cases],
    }


def programme_of_json(tree: object, catalogue: Catalogue) -> Programme:
    """Return the programme a JSON object describes.

    Raises:
        InvalidMessage: a field is missing or of a wrong type.
        InvalidInput: it does not pass the checks of a programme file.
    """
    fields = Fields(tree, *_KEYS)
    source = _source(fields.of(str, "eligible"), "eligible")
    examples = [_example(test) for test in fields.of(list, "tests")]
    return assemble(_parts(fields), catalogue, source, examples)


def _parts(fields: Fields) -> Parts:
    valid = Fields(fields.of(dict, "valid"), "from", "to")
    paid = fields.raw("pays")
    pays = None if paid is None else Fields(paid, "currency", "every")
    return Parts(
        id=fields.of(str, "id"),
        version=fields.of(str, "version"),
        title=fields.texts("title"),
        requester=agency_id(fields.of(str, "requester")),
        affair=fields.of(str, "affair"),
        procedure=fields.of(str, "procedure"),
        unit=fields.of(str, "unit"),
        most_members=fields.of(int, "most_members"),
        legal_basis=fields.of(str, "legal_basis"),
        valid_from=_day(valid.raw("from")),
        valid_to=None if valid.raw("to") is None else _day(valid.raw("to")),
        parameters={
            name: [
                DatedValue(_day(since), _parameter(value))
                for since, value in exactly(dict, dated).items()
            ]
            for name, dated in fields.of(dict, "parameters").items()
        },
        absent={name: _rule(rule) for name, rule in fields.of(dict, "absent").items()},
        tiers=[_tier(tier, number) for number, tier in enumerate(fields.of(list, "outcomes"))],
        payment=None
        if pays is None
        else WrittenPayment(pays.of(str, "currency"), pays.of(str, "every")),
    )


def _source(text: str, key: str) -> Source:
    return Source(text, lambda offset: f"programme bundle, {key} +{offset}")


def _rule(tree: object) -> WrittenRule:
    fields = Fields(tree, "verdict", "reason")
    return WrittenRule(fields.of(str, "verdict"), fields.texts("reason"))


def _tier(tree: object, number: int) -> Tier:
    fields = Fields(tree, "name", "title", "when", "amount")
    when, amount = fields.raw("when"), fields.raw("amount")
    if amount is not None and not isinstance(amount, str):
        amount = exactly(int, amount)
    return Tier(
        name=fields.of(str, "name"),
        title=fields.texts("title"),
        when=None if when is None else _source(exactly(str, when), f"outcome {number}"),
        amount=amount,
    )


def _example(tree: object) -> Example:
    fields = Fields(tree, "name", "members", "expect", "outcome", "amount", "date")
    outcome, amount, day = (fields.raw(key) for key in ("outcome", "amount", "date"))
    return Example(
        name=fields.of(str, "name"),
        members=[
            {name: _value(value) for name, value in exactly(dict, member).items()}
            for member in fields.of(list, "members")
        ],
        expect=fields.of(str, "expect"),
        outcome=None if outcome is None else exactly(str, outcome),
        day=None if day is None else _day(day),
        amount=None if amount is None else exactly(int, amount),
    )


def _case_json(case: Case, attributes: Mapping[AttributeName, Attribute]) -> JsonObject:
    return {
        "name": case.name,
        "members": [
            {name: written_value(attributes[name], code) for name, code in member.items()}
            for member in case.members
        ],
        "expect": case.expect.word,
        "outcome": case.outcome,
        "amount": case.amount,
        "date": None if case.day is None else case.day.isoformat(),
    }


def _parameter_json(value: ParameterValue) -> JsonValue:
    match value:
        case ParameterTable(first, values):
            return {"first": first, "values": list(values)}
        case date():
            return {"date": value.isoformat()}
        case _:
            return value


def _parameter(value: object) -> ParameterValue:
    if isinstance(value, dict) and "date" in value:
        return _day(Fields(value, "date").raw("date"))
    if isinstance(value, dict):
        fields = Fields(value, "first", "values")
        entries = tuple(exactly(int, entry) for entry in fields.of(list, "values"))
        return ParameterTable(fields.of(int, "first"), entries)
    if isinstance(value, bool | int | str):
        return value
    raise InvalidMessage("a parameter in a programme bundle has the wrong type")


def _value(value: object) -> WrittenValue:
    if value is None or isinstance(value, bool | int | str):
        return value
    raise InvalidMessage("a value in a programme bundle has the wrong type")


def _day(value: object) -> date:
    day = written_day(exactly(str, value))
    if day is None:
        raise InvalidMessage("a date in a programme bundle is not one")
    return day
