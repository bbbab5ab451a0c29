"""Programmes decided by CEL itself, one subject at a time, from the text their designer wrote.

CEL evaluates on maps of what is known; an absent key is an error there, and errors pass through
``&&`` and ``||`` as Kleene's unknown does. Two things CEL does not say are written out for it in
CEL first: counts (``filter``, ``exists_one``, ``at_least``) as alternatives, because an error in a
list spoils the whole list; and rules about absence as ``has(...) ? ... : ...``. Dates are their ISO
text, which sorts as they do.

Nothing of the language package or the core takes part in deciding: calendars, tiers and tables are
done anew here.
"""

from __future__ import annotations

import re
from calendar import isleap
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import combinations

from cel_expr_python import cel
from cel_expr_python.ext import ext_math

from clients.designer.condition_text import Kind, Part, read_condition
from matcher.core.catalogue import Attribute, AttributeType
from matcher.core.identifiers import AttributeName
from matcher.core.programme import DatedValue, ParameterTable, ParameterValue, Programme, Unit
from matcher.core.verdict import Verdict

Member = Mapping[AttributeName, int | None]
_EPOCH = date(1970, 1, 1)
_MAP = cel.Type.Map(cel.Type.STRING, cel.Type.DYN)
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


class ProgrammeOracle:
    """One programme on one day."""

    def __init__(self, programme: Programme, day: date) -> None:
        self._programme = programme
        self._attributes = programme.catalogue.attributes
        self._parameters = {
            name: _plain(_in_force(dated, day)) for name, dated in programme.parameters.items()
        }
        self._roles = sorted({str(attribute.role) for attribute in self._attributes.values()})
        self._environment = cel.NewEnv(
            variables={
                **dict.fromkeys(self._roles, _MAP),
                "members": cel.Type.List(cel.Type.DYN),
                "params": _MAP,
            },
            extensions=[ext_math.ExtMath()],
            functions=_functions(day),
        )
        whens = [outcome.when_source for outcome in programme.outcomes if outcome.when_source]
        self._conditions = [
            (read_condition(text), text) for text in (programme.eligible_source, *whens)
        ]
        self._compiled: dict[int, list[cel.Expression]] = {}

    def decisions(self, subjects: Sequence[Sequence[Member]]) -> list[int]:
        """Return the decision of every subject, given by the codes of its members."""
        return [self._decision(members) for members in subjects]

    def _decision(self, members: Sequence[Member]) -> int:
        known = [self._known(member) for member in members]
        data: dict[str, object] = {"members": known, "params": self._parameters}
        if self._programme.unit is Unit.PERSON:
            data |= known[0]
        eligible, *whens = (
            _kleene(condition.eval(data=data)) for condition in self._written_out(len(members))
        )
        if eligible is not True:
            return Verdict.INELIGIBLE if eligible is False else Verdict.UNDETERMINED
        for tier, holds in enumerate(whens):
            if holds is None:
                return Verdict.UNDETERMINED
            if holds:
                return 0 if tier == 0 else 2 + tier
        return 2 + len(whens) if whens else 0

    def _written_out(self, members: int) -> list[cel.Expression]:
        if members not in self._compiled:
            self._compiled[members] = [
                self._environment.compile(
                    _Text(text, self._programme, members).of(part, positive=True)
                )
                for part, text in self._conditions
            ]
        return self._compiled[members]

    def _known(self, member: Member) -> dict[str, dict[str, object]]:
        known: dict[str, dict[str, object]] = {role: {} for role in self._roles}
        for name, attribute in self._attributes.items():
            code = member.get(name)
            code = attribute.absent if code is None else code
            if code is not None:
                role, _, short = name.partition(".")
                known[role][short] = _value(attribute, code)
        return known


class _Text:
    """Writes a condition out for households of one size."""

    def __init__(self, text: str, programme: Programme, members: int) -> None:
        self._text = text
        self._programme = programme
        self._members = members

    def of(self, part: Part, *, positive: bool) -> str:  # noqa: PLR0911 - one a kind of part
        """Return the CEL of ``part``; ``positive`` unless it stands below an odd number of nots."""
        match part.kind:
            case Kind.ALL | Kind.ANY:
                children = (self.of(child, positive=positive) for child in part.children)
                return f"({f' {part.kind.value} '.join(children)})"
            case Kind.NOT:
                return f"!{self.of(part.children[0], positive=not positive)}"
            case Kind.RELATION if (count := self._count(part)) is not None:
                sign, filtered, number = count
                return self._counted(filtered, sign, number, positive=positive)
            case Kind.CALL if part.word == "exists_one":
                return self._counted(part, "==", 1, positive=positive)
            case Kind.CALL if part.word == "at_least":
                number, listing = part.children
                bodies = [self.of(child, positive=positive) for child in listing.children]
                return _at_least(int(number.word), bodies)
            case Kind.CALL if part.method and part.word in ("all", "exists"):
                _, variable, body = part.children
                inside = self.of(body, positive=positive)
                return f"members.{part.word}({variable.word}, {inside})"
            case Kind.BOOLEAN:
                return part.word
            case _:
                return self._leaf(part, positive=positive)

    def _leaf(self, part: Part, *, positive: bool) -> str:
        """Write a comparison, or what its rules about absence make of it."""
        text = self._text[part.start : part.end]
        names = {name.word for name in part.walk() if name.kind is Kind.NAME}
        unknown = {
            name: attribute.name
            for name in sorted(names)
            if (attribute := self._attribute(name)) is not None and attribute.absent is None
        }
        rules = [self._programme.absences.get(name) for name in unknown.values()]
        verdicts = [None if rule is None else rule.verdict for rule in rules]
        if Verdict.INELIGIBLE in verdicts:
            helps = False
        elif verdicts and all(verdict is Verdict.ELIGIBLE for verdict in verdicts):
            helps = True
        else:
            return f"({text})"
        known = " && ".join(f"has({name})" for name in unknown)
        settled = "true" if helps is positive else "false"
        return f"({known} ? ({text}) : {settled})"

    def _attribute(self, name: str) -> Attribute | None:
        if self._programme.unit is Unit.HOUSEHOLD:
            name = name.partition(".")[2]
        return self._programme.catalogue.attributes.get(AttributeName(name))

    def _count(self, part: Part) -> tuple[str, Part, int] | None:
        """Return operator, filter and number of a comparison of ``members.filter(...).size()``."""
        left, right = part.children
        sign = part.word
        if right.kind is Kind.CALL and right.word == "size":
            left, right, sign = right, left, _MIRRORED.get(sign, sign)
        if left.kind is not Kind.CALL or left.word != "size":
            return None
        return sign, left.children[0], int(right.word)

    def _counted(self, quantifier: Part, sign: str, number: int, *, positive: bool) -> str:
        def least(count: int, *, positive: bool) -> str:
            _, variable, body = quantifier.children
            inside = self.of(body, positive=positive)
            member = re.compile(rf"(?<![\w.]){re.escape(variable.word)}(?=\.)")
            bodies = [member.sub(f"members[{n}]", inside) for n in range(self._members)]
            return _at_least(count, bodies)

        match sign:
            case ">=":
                return least(number, positive=positive)
            case ">":
                return least(number + 1, positive=positive)
            case "<":
                return f"!{least(number, positive=not positive)}"
            case "<=":
                return f"!{least(number + 1, positive=not positive)}"
        same = positive is (sign == "==")
        exactly = f"({least(number, positive=same)} && !{least(number + 1, positive=not same)})"
        return exactly if sign == "==" else f"!{exactly}"


def _at_least(count: int, bodies: Sequence[str]) -> str:
    if count <= 0:
        return "true"
    if count > len(bodies):
        return "false"
    chosen = (" && ".join(some) for some in combinations(bodies, count))
    return f"({' || '.join(f'({some})' for some in chosen)})"


def _value(attribute: Attribute, code: int) -> object:
    match attribute.type:
        case AttributeType.ENUMERATION:
            return attribute.values[code]
        case AttributeType.BOOLEAN:
            return bool(code)
        case AttributeType.DATE:
            return (_EPOCH + timedelta(days=code)).isoformat()
        case AttributeType.INTEGER:
            return int(code)


def _kleene(value: cel.Value) -> bool | None:
    if value.type() == cel.Type.ERROR:
        return None
    result = value.value()
    assert isinstance(result, bool)
    return result


def _in_force(dated: Sequence[DatedValue], day: date) -> ParameterValue:
    return [entry for entry in dated if entry.since <= day][-1].value


def _plain(value: ParameterValue) -> object:
    if isinstance(value, ParameterTable):
        return {value.first + place: entry for place, entry in enumerate(value.values)}
    return value.isoformat() if isinstance(value, date) else value


def _functions(day: date) -> list[cel.FunctionDecl]:
    def days(since: str) -> int:
        return (day - date.fromisoformat(since)).days

    def months(since: str, until: date = day) -> int:
        start = date.fromisoformat(since)
        count = (until.year - start.year) * 12 + until.month - start.month
        return count if _on(start, count) <= until else count - 1

    def years(since: str) -> int:
        return months(since) // 12

    def age(since: str) -> int:
        return months(since, day + timedelta(days=1)) // 12

    def same(text: str) -> str:
        return text

    number, text = cel.Type.INT, cel.Type.STRING
    declared = {
        "age": (number, age),
        "years_since": (number, years),
        "months_since": (number, months),
        "days_since": (number, days),
        "date": (text, same),
    }
    return [
        cel.FunctionDecl(name, [cel.Overload(f"oracle_{name}", result, [text], impl=function)])
        for name, (result, function) in declared.items()
    ]


def _on(start: date, months: int) -> date:
    """Return the day ``months`` after ``start``; the first of the next month if there is none."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    longest = (31, 29 if isleap(year) else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month]
    if start.day <= longest:
        return date(year, month + 1, start.day)
    return date(year, month + 1, longest) + timedelta(days=1)
