"""The sections of a programme file: parameters, rules for absence, outcomes, tests.

They are read here and checked elsewhere, but for what only a file can get wrong.

Rules:
 * Dates of a parameter ascend. A table has consecutive whole numbers for indices, or is a list
   whose first entry has the index 0.
 * A plain date is a date, a quoted one is text.
 * An amount is a whole number or ``params.name``.
"""

from __future__ import annotations

from matcher.core.errors import InvalidFile
from matcher.core.programme import DatedValue, ParameterTable, ParameterValue, Unit
from matcher.language import fields
from matcher.language.document import Listing, Mapping, Node, Scalar
from matcher.language.fields import Section
from matcher.language.location import place_in
from matcher.language.parameters import MOST_ENTRIES, PARAMETERS, parameter_type
from matcher.language.parts import Example, Tier, WrittenPayment, WrittenRule
from matcher.language.source import Source
from matcher.language.written_values import WrittenValue, written_day

_MOST_PREDICATE = 16 * 1024


def source_of(node: Node, what: str = "the predicate") -> Source:
    """Return the CEL text of a YAML value, with a way back to its place in the file."""
    text = fields.text(node, what, _MOST_PREDICATE)
    if not isinstance(node, Scalar):
        raise InvalidFile(f"{what} must be text", where=str(node.place))
    leading = len(node.text) - len(node.text.lstrip())
    return Source(text, lambda offset: str(place_in(node, leading + offset)))


def parameters_of(node: Node | None) -> dict[str, list[DatedValue]]:
    """Return dated values by parameter."""
    result: dict[str, list[DatedValue]] = {}
    for key, values in () if node is None else fields.entries(node, "parameters"):
        dated: list[DatedValue] = []
        dates = fields.entries(
            values, f"the parameter {key.text}", "write its values by date, as in {2026-04-01: 3}"
        )
        for since, value in dates:
            day = fields.day(since, "the first day of a value")
            if dated and day <= dated[-1].since:
                raise InvalidFile(
                    f"{since.text} comes after {dated[-1].since.isoformat()}, and is earlier",
                    where=str(since.place),
                    fix="order the values by date, the earliest first",
                )
            dated.append(DatedValue(day, _parameter_value(value, f"a value of {key.text}")))
        fields.located(key.place, parameter_type, key.text, dated)
        result[key.text] = dated
    return result


def rules_of(node: Node | None) -> dict[str, WrittenRule]:
    """Return the rules for absence by attribute."""
    rules = {}
    for key, value in () if node is None else fields.entries(node, "absent"):
        section = Section(value, "a rule", required=("verdict",), optional=("reason",))
        rules[key.text] = WrittenRule(
            fields.text(section["verdict"], "the verdict"), fields.title(section.get("reason"))
        )
    return rules


def tiers_of(node: Node | None) -> tuple[list[Tier], WrittenPayment | None]:
    """Return the outcomes in order, and how they are paid."""
    if node is None:
        return [], None
    section = Section(node, "outcomes", required=("tiers",), optional=("pays",))
    listed = list(fields.items(section["tiers"], "the tiers"))
    if not listed:
        raise InvalidFile(
            "there are no tiers",
            where=str(section["tiers"].place),
            fix="list them, or leave outcomes out",
        )
    return [_tier(item) for item in listed], _payment(section.get("pays"))


def examples_of(node: Node | None, unit: str) -> list[Example]:
    """Return the tests; ``unit`` says whether each is about a person or about members."""
    if unit not in tuple(Unit):
        # Putting the programme together refuses the unit; what its tests should look like is open.
        return []
    household = unit == Unit.HOUSEHOLD
    known, other = ("members", "given") if household else ("given", "members")
    examples = []
    for item in () if node is None else fields.items(node, "the tests"):
        _refuse_other_unit(item, known, other, unit)
        section = Section(
            item,
            "a test",
            required=("name", known, "expect"),
            optional=("outcome", "amount", "date"),
        )
        day, outcome = section.get("date"), section.get("outcome")
        amount = section.get("amount")
        nodes = list(fields.items(section[known], known)) if household else [section[known]]
        members = [
            list(fields.entries(member, known, "write {role.attribute: value}")) for member in nodes
        ]
        examples.append(
            Example(
                name=fields.text(section["name"], "a test's name"),
                members=[
                    {key.text: _value(value, key.text) for key, value in member}
                    for member in members
                ],
                expect=fields.text(section["expect"], "the expected verdict"),
                outcome=None if outcome is None else fields.text(outcome, "the expected outcome"),
                day=None if day is None else fields.day(day, "the date of a test"),
                amount=None if amount is None else fields.integer(amount, "the expected amount"),
                places={
                    "": str(section.place),
                    "members": str(section[known].place),
                    "expect": str(section["expect"].place),
                    "outcome": "" if outcome is None else str(outcome.place),
                    "amount": "" if amount is None else str(amount.place),
                    "date": "" if day is None else str(day.place),
                    **{
                        f"{number}.{key.text}": str(key.place)
                        for number, member in enumerate(members)
                        for key, _ in member
                    },
                },
            )
        )
    return examples


def _refuse_other_unit(item: Node, known: str, other: str, unit: str) -> None:
    for key, _ in item.entries if isinstance(item, Mapping) else ():
        if key.text == other:
            raise InvalidFile(
                f"{other} has no place in a test of a programme for the unit {unit[:40]}",
                where=str(key.place),
                fix=f"write {known}: "
                + ("[{role.attribute: value}, …]" if known == "members" else "{role.attribute: …}"),
            )


def _value(node: Node, what: str) -> WrittenValue:
    return fields.value_of(node, what)


def _parameter_value(node: Node, what: str) -> ParameterValue:
    if isinstance(node, Mapping | Listing):
        return _table(node, what)
    day = written_day(node.text) if node.plain else None
    if day is not None:
        return day
    written = fields.value_of(node, what)
    if written is None:
        raise InvalidFile(
            f"{what} is missing", where=str(node.place), fix="write it after its date"
        )
    return written


def _table(node: Mapping | Listing, what: str) -> ParameterTable:
    count = len(node.entries if isinstance(node, Mapping) else node.items)
    if not 1 <= count <= MOST_ENTRIES:
        raise InvalidFile(
            f"{what} is a table with {count or 'no'} entries",
            where=str(node.place),
            fix=f"write {{0: 3604000, 1: 3984000}}, of 1 to {MOST_ENTRIES} entries",
        )
    if isinstance(node, Listing):
        return ParameterTable(0, tuple(fields.integer(item, "an entry") for item in node.items))
    return _indexed(list(node.entries))


def _indexed(entries: list[tuple[Scalar, Node]]) -> ParameterTable:
    first = fields.integer(entries[0][0], "an index")
    for number, (index, _) in enumerate(entries):
        found = fields.integer(index, "an index")
        if found != first + number:
            raise InvalidFile(
                f"the table goes from {first + number - 1} to {found}",
                where=str(index.place),
                fix=f"the next entry has the index {first + number}",
            )
    return ParameterTable(first, tuple(fields.integer(value, "an entry") for _, value in entries))


def _tier(node: Node) -> Tier:
    section = Section(node, "an outcome", required=("name", "title"), optional=("when", "amount"))
    when, amount = section.get("when"), section.get("amount")
    return Tier(
        name=fields.text(section["name"], "an outcome's name"),
        title=fields.title(section["title"]),
        when=None if when is None else source_of(when, "the condition of an outcome"),
        amount=None if amount is None else _amount(amount),
    )


def _amount(node: Node) -> int | str:
    written = fields.value_of(node, "an amount")
    prefix = f"{PARAMETERS}."
    if isinstance(written, str) and written.startswith(prefix) and len(written) > len(prefix):
        return written.removeprefix(prefix)
    if isinstance(written, bool) or not isinstance(written, int):
        raise InvalidFile(
            "an amount must be a whole number or a parameter",
            where=str(node.place),
            fix="write it in digits, or as params.amount",
        )
    return written


def _payment(node: Node | None) -> WrittenPayment | None:
    if node is None:
        return None
    section = Section(node, "pays", required=("currency", "every"))
    return WrittenPayment(
        fields.text(section["currency"], "the currency"),
        fields.text(section["every"], "how often it is paid"),
    )
