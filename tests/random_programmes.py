"""Random programmes in two spellings, and the people and households they are about.

Conditions calculate, look up tables, count from dates, quantify and count over members; programmes
have rules for absence and outcomes.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

from matcher.core.catalogue import Attribute, AttributeType, Catalogue, code_of_date
from matcher.core.identifiers import AgencyId, AttributeName
from matcher.core.programme import DatedValue, ParameterTable, ParameterValue, Programme
from matcher.core.table import Grouping, Table, Values
from matcher.core.verdict import Verdict
from matcher.language.assembly import assemble
from matcher.language.parts import Parts, Tier, WrittenRule
from matcher.language.source import Source
from tests.cel_oracle import Expression, Joined, Known, Leaf, Negated, Oracle, Quantified

INTEGER, ENUMERATION, BOOLEAN, DATE = AttributeType
MOST_MEMBERS = 4
DAYS = [dt.date(2026, 2, 28), dt.date(2026, 3, 1), dt.date(2028, 2, 29), dt.date(2028, 12, 31)]
_FIRST, _LAST = dt.date(1990, 1, 1), dt.date(2030, 12, 31)
BIRTHDAYS = [
    code_of_date(day)
    for year in (1990, 2008, 2026, 2030)
    for day in (
        *(dt.date(year, 1, 1), dt.date(year, 2, 28), dt.date(year, 3, 1), dt.date(year, 3, 31)),
        *(dt.date(year, 4, 1), dt.date(year, 12, 31), dt.date(2008, 2, 29)),
    )
]
STATES = ("low", "mid", "high")
ATTRIBUTES: dict[str, Attribute] = {
    attribute.name: attribute
    for attribute in (
        Attribute(AttributeName("tax.bracket"), INTEGER, 0, 5),
        Attribute(AttributeName("tax.dependants"), INTEGER, -2, 3, absent=0),
        Attribute(AttributeName("tax.status"), ENUMERATION, 0, 2, values=STATES),
        Attribute(AttributeName("welfare.grade"), INTEGER, 0, 4),
        Attribute(AttributeName("welfare.carer"), BOOLEAN, 0, 1),
        Attribute(AttributeName("school.year"), INTEGER, 1, 6, absent=1),
        Attribute(AttributeName("school.enrolled"), BOOLEAN, 0, 1),
        Attribute(AttributeName("family.born"), DATE, code_of_date(_FIRST), code_of_date(_LAST)),
        Attribute(
            AttributeName("family.married"),
            DATE,
            code_of_date(_FIRST),
            code_of_date(_LAST),
            absent=code_of_date(_LAST),
        ),
    )
}
PARAMETERS: dict[str, ParameterValue] = {
    "limit": 2,
    "state": "mid",
    "flag": True,
    "cut": dt.date(2008, 3, 1),
    "steps": ParameterTable(0, (3, 1, 4, 1, 5, 9)),
    "by_dependants": ParameterTable(-2, (0, 2, 4, 1, 3, 5)),
}
AS_MAPS: dict[str, object] = {
    "limit": 2,
    "state": "mid",
    "flag": True,
    "cut": "2008-03-01",
    "steps": dict(enumerate((3, 1, 4, 1, 5, 9))),
    "by_dependants": dict(zip(range(-2, 4), (0, 2, 4, 1, 3, 5), strict=True)),
}
_AMOUNTS = {
    "tax": ["@tax.bracket", "@tax.dependants", "params.by_dependants[@tax.dependants]"],
    "welfare": ["@welfare.grade"],
    "school": ["@school.year", "params.steps[@school.year - 1]"],
    "family": [
        f"{unit}(@family.{name})"
        for unit in ("age", "years_since", "months_since", "days_since")
        for name in ("born", "married")
    ],
}
_ORDER = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
_DATES = st.sampled_from(BIRTHDAYS).map(
    lambda code: (dt.date(1970, 1, 1) + dt.timedelta(days=code)).isoformat()
)


def _amount(role: str) -> st.SearchStrategy[str]:
    small = st.sampled_from([*map(str, range(-3, 8)), "18", "65", "params.limit"])
    return st.recursive(
        st.one_of(st.sampled_from(_AMOUNTS[role]), st.sampled_from(_AMOUNTS[role]), small),
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from("+-*"), inner).map(lambda t: f"({' '.join(t)})"),
            inner.map(lambda text: f"-({text})"),
            st.tuples(
                st.sampled_from(["least", "greatest"]), st.lists(inner, min_size=2, max_size=3)
            ).map(lambda t: f"math.{t[0]}({', '.join(t[1])})"),
            inner.map(lambda text: f"params.steps[math.least(math.greatest({text}, 0), 5)]"),
        ),
        max_leaves=4,
    )


@st.composite
def _calculated(draw: st.DrawFn) -> Leaf:
    role = draw(st.sampled_from(sorted(_AMOUNTS)))
    left, right = draw(_amount(role)), draw(_amount(role))
    assume("@" in left + right)
    if "@" in left and draw(st.integers(0, 4)) == 0:
        listed = draw(st.lists(st.integers(-3, 8).map(str), min_size=1, max_size=3))
        text = f"{left} in [{', '.join([*listed, 'params.limit'])}]"
        # A bare attribute is compared with values of its domain only.
        assume(left not in _AMOUNTS[role])
        return Leaf(text, text)
    operator = draw(_ORDER)
    bare = {left, right} & {f"@{name}" for name in ATTRIBUTES}
    if bare and operator in ("==", "!="):
        operator = "<="
    text = f"{left} {operator} {right}"
    return Leaf(text, text)


@st.composite
def _dated(draw: st.DrawFn) -> Leaf:
    name = draw(st.sampled_from(["@family.born", "@family.married"]))
    day = draw(_DATES)
    if draw(st.booleans()):
        listed = draw(st.lists(_DATES, min_size=1, max_size=3))
        written = ", ".join([*(f'date("{each}")' for each in listed), "params.cut"])
        plain = ", ".join([*(f'"{each}"' for each in listed), "params.cut"])
        return Leaf(f"{name} in [{written}]", f"{name} in [{plain}]")
    operator = draw(_ORDER)
    right = draw(st.sampled_from([day, day, "params.cut", "@family.married"]))
    written, plain = (f'date("{day}")', f'"{day}"') if right == day else (right, right)
    return Leaf(f"{name} {operator} {written}", f"{name} {operator} {plain}")


@st.composite
def simple_leaves(draw: st.DrawFn) -> Leaf:
    text = draw(
        st.sampled_from(
            [
                *('@tax.status == "low"', "@tax.status != params.state", "@welfare.carer"),
                *("!@school.enrolled", "@school.enrolled == params.flag", "1 < 2", "params.flag"),
                *("@welfare.grade in [1, params.limit]", "@tax.bracket <= params.limit"),
                *("@school.year == 3", "@welfare.grade >= 3", "3 > @tax.bracket"),
                '@tax.status in ["mid", "high"]',
            ]
        )
    )
    return Leaf(text, text)


@st.composite
def aged_leaves(draw: st.DrawFn) -> Leaf:
    """Compare a time that has passed with what it is, or nearly, for one of the birthdays."""
    unit = draw(st.sampled_from(["age", "years_since", "months_since", "days_since"]))
    name = draw(st.sampled_from(["@family.born", "@family.born", "@family.married"]))
    born = dt.date(1970, 1, 1) + dt.timedelta(days=draw(st.sampled_from(BIRTHDAYS)))
    day = draw(st.sampled_from(DAYS))
    passed = {
        "months_since": (day.year - born.year) * 12 + day.month - born.month,
        "days_since": (day - born).days,
    }.get(unit, day.year - born.year)
    limit = passed - draw(st.integers(0, 1))
    text = f"{unit}({name}) {draw(_ORDER)} {limit}"
    return Leaf(text, text)


_LEAVES = st.one_of(simple_leaves(), simple_leaves(), _calculated(), _dated(), aged_leaves())


def _conditions(leaves: st.SearchStrategy[Expression], most: int) -> st.SearchStrategy[Expression]:
    def wider(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
        several = st.lists(inner, min_size=2, max_size=3)
        return st.one_of(
            several.map(lambda children: Joined("&&", len(children), children)),
            several.map(lambda children: Joined("||", 1, children)),
            inner.map(Negated),
            st.lists(inner, min_size=1, max_size=4).flatmap(
                lambda children: st.integers(1, len(children)).map(
                    lambda least: Joined("at_least", least, children)
                )
            ),
        )

    return st.recursive(leaves, wider, max_leaves=most)


@st.composite
def quantifiers(draw: st.DrawFn, bodies: st.SearchStrategy[Expression]) -> Quantified:
    body = draw(bodies)
    assume(body.read())
    macro = draw(st.sampled_from(["all", "exists", "exists_one", "filter", "filter"]))
    if macro != "filter":
        return Quantified(macro, body)
    # A count that always or never compares so is refused.
    operator = draw(_ORDER)
    low, high = {">=": (1, 4), "<": (1, 4), ">": (0, 3), "<=": (0, 3)}.get(operator, (0, 4))
    count = draw(st.integers(low, high))
    written = "params.limit" if count == 2 and draw(st.booleans()) else str(count)
    return Quantified(macro, body, operator, count, written)


_PERSONS = _conditions(_LEAVES, 6)
_HOUSEHOLDS = _conditions(quantifiers(_conditions(_LEAVES, 3)), 4)
MEMBER = st.fixed_dictionaries(
    {
        str(name): st.one_of(
            st.none(),
            st.sampled_from(BIRTHDAYS)
            if attribute.type is DATE
            else st.integers(attribute.low, attribute.high),
        )
        for name, attribute in ATTRIBUTES.items()
    }
)
RULES = st.dictionaries(
    st.sampled_from([name for name, attribute in ATTRIBUTES.items() if attribute.absent is None]),
    st.sampled_from(list(Verdict)),
)


@dataclass(frozen=True)
class Trial:
    """A programme in both spellings."""

    unit: str
    eligible: Expression
    whens: list[Expression]
    rules: dict[str, Verdict]

    def programme(self) -> Programme:
        conditions = [self.eligible, *self.whens]
        assume(all(condition.read() for condition in conditions))
        texts = [condition.text("") for condition in conditions]
        read = set().union(*(condition.read() for condition in conditions))
        last = [] if not self.whens else [Tier("last", {}, None, None)]
        parts = Parts(
            id="property/random",
            version="1",
            title={},
            requester=AgencyId("city"),
            affair="property",
            unit=self.unit,
            most_members=MOST_MEMBERS if self.unit == "household" else None,
            legal_basis="",
            valid_from=dt.date(2026, 1, 1),
            valid_to=dt.date(2029, 12, 31),
            parameters={
                name: [DatedValue(dt.date(2026, 1, 1), value)]
                for name, value in PARAMETERS.items()
                if re.search(rf"params\.{name}\b", " ".join(texts))
            },
            absent={
                name: WrittenRule(rule.word, {"en": "a reason"})
                for name, rule in self.rules.items()
                if name in read
            },
            tiers=[
                *(
                    Tier(f"tier{number}", {}, Source(text, lambda offset: f"+{offset}"), None)
                    for number, text in enumerate(texts[1:])
                ),
                *last,
            ],
        )
        catalogue = Catalogue(
            "property", {AttributeName(name): each for name, each in ATTRIBUTES.items()}
        )
        return assemble(parts, catalogue, Source(texts[0], lambda offset: f"+{offset}"), [])

    def expected(self, day: dt.date, households: list[list[Known]]) -> list[int]:
        oracle = Oracle(day, AS_MAPS, ATTRIBUTES, self.rules)
        return [oracle.decision(self.eligible, self.whens, members) for members in households]


@st.composite
def trials(draw: st.DrawFn, unit: str) -> Trial:
    conditions = _PERSONS if unit == "person" else _HOUSEHOLDS
    eligible = draw(conditions)
    whens = draw(st.lists(conditions, max_size=2))
    return Trial(unit, eligible, whens, draw(RULES))


def table_of(people: list[Known]) -> Table:
    return {AttributeName(name): Values.of([one[name] for one in people]) for name in ATTRIBUTES}


def grouping_of(households: list[list[Known]]) -> Grouping:
    sizes = [len(members) for members in households]
    return Grouping(len(sizes), np.repeat(np.arange(len(sizes), dtype=np.int32), sizes))
