"""Random programmes in two spellings: this system's, and plain CEL over maps of what is known.

CEL is the oracle. An absent key is an error there, and errors pass through ``&&`` and ``||`` as
Kleene's unknown does; functions are written here with ``datetime`` alone. What CEL is strict about
is spelt out: lists of conditions and counts become alternatives over all choices, and rules for
absence become presence tests, polarity by polarity.

In both spellings ``@`` stands for what precedes an attribute: nothing for a person, the member's
name or place in a household.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TypeAlias

from cel_expr_python import cel
from cel_expr_python.ext import ext_math

from matcher.core.catalogue import Attribute
from matcher.core.verdict import Verdict, decision_of_tier
from matcher.language.written_values import written_value

Known: TypeAlias = Mapping[str, int | None]
_READ = re.compile(r"@(\w+\.\w+)")
_ROLES = ("tax", "welfare", "school", "family")


@dataclass(frozen=True)
class Setting:
    """What an oracle has to know besides the expression.

    Attributes:
        attributes: the whole catalogue.
        rules: the verdict of an absent record, by attribute.
        size: of the household at hand.
    """

    attributes: Mapping[str, Attribute]
    rules: Mapping[str, Verdict] = field(default_factory=dict)
    size: int = 0


class Expression:
    """A condition in both spellings."""

    def text(self, at: str) -> str:
        """Return it in this system's language."""
        raise NotImplementedError

    def oracle(self, at: str, setting: Setting, *, positive: bool = True) -> str:
        """Return it, or its negation, in CEL over maps."""
        raise NotImplementedError

    def read(self) -> set[str]:
        """Return the attributes it reads."""
        raise NotImplementedError


@dataclass(frozen=True)
class Leaf(Expression):
    """A comparison, list or constant; its two spellings may differ."""

    written: str
    plain: str

    def text(self, at: str) -> str:
        return self.written.replace("@", at)

    def oracle(self, at: str, setting: Setting, *, positive: bool = True) -> str:
        plain = f"({self.plain})" if positive else f"!({self.plain})"
        opened = [n for n in sorted(self.read()) if setting.attributes[n].absent is None]
        rules = {setting.rules.get(name, Verdict.UNDETERMINED) for name in opened}
        known = " && ".join(
            f'("{short}" in @{role})' for role, _, short in (n.partition(".") for n in opened)
        )
        if Verdict.INELIGIBLE in rules:
            plain = f"(({known}) && {plain})"
        elif rules == {Verdict.ELIGIBLE}:
            plain = f"(!({known}) || {plain})"
        return plain.replace("@", at)

    def read(self) -> set[str]:
        return set(_READ.findall(self.written))


@dataclass(frozen=True)
class Negated(Expression):
    """``!child``."""

    child: Expression

    def text(self, at: str) -> str:
        return f"!({self.child.text(at)})"

    def oracle(self, at: str, setting: Setting, *, positive: bool = True) -> str:
        return self.child.oracle(at, setting, positive=not positive)

    def read(self) -> set[str]:
        return self.child.read()


@dataclass(frozen=True)
class Joined(Expression):
    """At least ``least`` of the children; ``word`` is how this system's language spells it."""

    word: str
    least: int
    children: Sequence[Expression]

    def text(self, at: str) -> str:
        texts = [child.text(at) for child in self.children]
        if self.word == "at_least":
            return f"at_least({self.least}, [{', '.join(texts)}])"
        return f"({f' {self.word} '.join(texts)})"

    def oracle(self, at: str, setting: Setting, *, positive: bool = True) -> str:
        texts = [child.oracle(at, setting, positive=positive) for child in self.children]
        return _chosen(texts, self.least if positive else len(texts) - self.least + 1)

    def read(self) -> set[str]:
        return set().union(*(child.read() for child in self.children))


@dataclass(frozen=True)
class Quantified(Expression):
    """A quantifier over members; ``operator`` and ``count`` where it counts."""

    macro: str
    body: Expression
    operator: str = ""
    count: int = 0
    written_count: str = ""

    def text(self, at: str) -> str:
        assert not at, "quantifiers do not nest"
        body = self.body.text("m.")
        if not self.operator:
            return f"members.{self.macro}(m, {body})"
        return f"members.filter(m, {body}).size() {self.operator} {self.written_count}"

    def oracle(self, at: str, setting: Setting, *, positive: bool = True) -> str:
        assert not at, "quantifiers do not nest"
        if self.macro in ("all", "exists"):
            macro = {"all": "exists", "exists": "all"}[self.macro] if not positive else self.macro
            return f"members.{macro}(m, {self.body.oracle('m.', setting, positive=positive)})"
        operator, count = (self.operator, self.count) if self.operator else ("==", 1)
        if not positive:
            operator = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}[
                operator
            ]
        return self._counted(operator, count, setting)

    def read(self) -> set[str]:
        return self.body.read()

    def _counted(self, operator: str, count: int, setting: Setting) -> str:
        match operator:
            case ">=":
                return self._least(count, setting, holding=True)
            case ">":
                return self._least(count + 1, setting, holding=True)
            case "<":
                return self._least(setting.size - count + 1, setting, holding=False)
            case "<=":
                return self._least(setting.size - count, setting, holding=False)
            case "==":
                both = [self._counted(each, count, setting) for each in (">=", "<=")]
                return f"({' && '.join(both)})"
            case _:
                either = [self._counted(each, count, setting) for each in ("<", ">")]
                return f"({' || '.join(either)})"

    def _least(self, least: int, setting: Setting, *, holding: bool) -> str:
        texts = [
            self.body.oracle(f"members[{number}].", setting, positive=holding)
            for number in range(setting.size)
        ]
        return _chosen(texts, least)


def _chosen(texts: Sequence[str], least: int) -> str:
    """Return CEL for at least ``least`` of ``texts``."""
    if least <= 0:
        return "true"
    chosen = [f"({' && '.join(some)})" for some in itertools.combinations(texts, least)]
    return f"({' || '.join(chosen)})" if chosen else "false"


@dataclass(frozen=True)
class Oracle:
    """Decides programmes row by row.

    Attributes:
        day: whose reference date counts.
        parameters: as CEL reads them; dates as text, tables as maps.
        attributes: the whole catalogue.
        rules: the verdict of an absent record, by attribute.
    """

    day: dt.date
    parameters: Mapping[str, object]
    attributes: Mapping[str, Attribute]
    rules: Mapping[str, Verdict]

    def decision(
        self, eligible: Expression, whens: Sequence[Expression], members: Sequence[Known]
    ) -> int:
        """Return the decision about one household; a person is the only member of one."""
        setting = Setting(self.attributes, self.rules, len(members))
        known = [self._maps(member) for member in members]
        data: dict[str, object] = {"params": self.parameters, "members": known}
        data |= known[0] if known else {role: {} for role in _ROLES}
        conditions = [f"({when.oracle('', setting)})" for when in whens]
        alone = f"({eligible.oracle('', setting)})"
        if not self._value(alone, data, certainly=True):
            return int(Verdict.INELIGIBLE)
        for tier in range(len(conditions) + 1):
            here = [alone, *conditions[tier : tier + 1]]
            here += [f"!{condition}" for condition in conditions[:tier]]
            if self._value(" && ".join(here), data, certainly=False):
                return decision_of_tier(tier)
        return int(Verdict.UNDETERMINED)

    def _value(self, text: str, data: Mapping[str, object], *, certainly: bool) -> bool:
        """Return the value of ``text``, or ``certainly`` where it is unknown."""
        result = _compiled(text, self.day).eval(data=data)
        return certainly if result.type() == cel.Type.ERROR else bool(result.value())

    def _maps(self, member: Known) -> dict[str, dict[str, object]]:
        maps: dict[str, dict[str, object]] = {role: {} for role in _ROLES}
        for name, attribute in self.attributes.items():
            code = attribute.absent if member[name] is None else member[name]
            if code is not None:
                role, _, short = name.partition(".")
                maps[role][short] = written_value(attribute, code)
        return maps


@cache
def _environment(day: dt.date) -> cel.Env:
    maps = cel.Type.Map(cel.Type.STRING, cel.Type.DYN)
    variables = {**dict.fromkeys((*_ROLES, "params"), maps), "members": cel.Type.List(maps)}
    since = {
        "age": lambda text: _years(text, day + dt.timedelta(days=1)),
        "years_since": lambda text: _years(text, day),
        "months_since": lambda text: _months(text, day),
        "days_since": lambda text: (day - dt.date.fromisoformat(text)).days,
    }
    functions = [
        cel.FunctionDecl(
            name,
            [cel.Overload(f"oracle_{name}", cel.Type.INT, [cel.Type.STRING], impl=implementation)],
        )
        for name, implementation in since.items()
    ]
    return cel.NewEnv(variables=variables, extensions=[ext_math.ExtMath()], functions=functions)


@cache
def _compiled(text: str, day: dt.date) -> cel.Expression:
    return _environment(day).compile(text)


def _years(text: str, until: dt.date) -> int:
    since = dt.date.fromisoformat(text)
    return until.year - since.year - ((since.month, since.day) > (until.month, until.day))


def _months(text: str, until: dt.date) -> int:
    """Count anniversaries one by one, each on its day or, where there is none, the day after."""
    since = dt.date.fromisoformat(text)
    months = (until.year - since.year) * 12 + until.month - since.month
    # The month's own day may not exist there: then the first of the next month is meant.
    return months - (since.day > until.day)
