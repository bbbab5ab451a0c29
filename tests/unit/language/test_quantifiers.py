from __future__ import annotations

from dataclasses import replace

import pytest

from matcher.core.errors import DegeneratePredicate, InvalidPredicate, UnsupportedPredicate
from matcher.core.predicate import All, AllBut, Not, Predicate, Some
from matcher.core.programme import Unit
from matcher.core.render import render
from matcher.language.cel import check
from matcher.language.conditions import compile_condition
from matcher.language.operands import Operands
from matcher.language.quantifiers import Macro, quantified
from matcher.language.source import Source
from tests.language_scene import ATTRIBUTES, VOCABULARIES, compiled

HOUSEHOLD = VOCABULARIES[Unit.HOUSEHOLD]
TAXED = "members.filter(m, m.tax.taxed).size()"


def _predicate(text: str) -> Predicate:
    return compiled(text, Unit.HOUSEHOLD).predicate


BODY = _predicate("members.exists(m, m.tax.taxed)").body  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("members.all(m, m.tax.taxed)", AllBut(0, BODY)),
        ("members.exists(m, m.tax.taxed)", Some(1, BODY)),
        ("members.exists(someone, someone.tax.taxed)", Some(1, BODY)),
        ("members.exists_one(m, m.tax.taxed)", All((Some(1, BODY), Not(Some(2, BODY))))),
        (f"{TAXED} >= 2", Some(2, BODY)),
        (f"{TAXED} > 2", Some(3, BODY)),
        (f"{TAXED} < 2", Not(Some(2, BODY))),
        (f"{TAXED} <= 2", Not(Some(3, BODY))),
        (f"{TAXED} == 2", All((Some(2, BODY), Not(Some(3, BODY))))),
        (f"{TAXED} == 0", Not(Some(1, BODY))),
        (f"{TAXED} == 8", Some(8, BODY)),
        (f"{TAXED} != 2", Not(All((Some(2, BODY), Not(Some(3, BODY)))))),
        (f"2 < {TAXED}", Some(3, BODY)),
        ("size(members.filter(m, m.tax.taxed)) >= 2", Some(2, BODY)),
        (f"1 + 1 <= {TAXED}", Some(2, BODY)),
    ],
)
def test_quantifiers_and_counts_become_bounds_on_members(text: str, meaning: Predicate) -> None:
    assert _predicate(text) == meaning


@pytest.mark.parametrize(
    "text",
    [
        "members.exists(m, m.tax.income <= params.table[m.tax.dependants] || m.welfare.grade == 1)",
        'members.all(m, m.family.born < date("2000-01-01") && !(m.welfare.kind == "mental"))',
        (
            "members.all(m, at_least(2, [age(m.family.born) >= 65, m.welfare.grade in [1, 2], "
            "m.tax.income - m.tax.dependants > 3]))"
        ),
        (
            "at_least(2, [members.all(m, m.tax.income > 1),"
            " members.exists(m, m.welfare.grade == 1),"
            " params.limit > 3])"
        ),
        "!(members.all(m, m.tax.income > 1)) && members.exists(m, m.tax.income > 2)",
    ],
)
def test_bodies_are_conditions_about_one_member(text: str) -> None:
    assert render(_predicate(text), ATTRIBUTES) == text


def test_a_count_may_be_a_parameter() -> None:
    predicate = _predicate(f"{TAXED} >= params.k")
    assert render(predicate, ATTRIBUTES) == (
        "(params.k == 1 && members.exists(m, m.tax.taxed == true)) || "
        "(params.k == 2 && members.filter(m, m.tax.taxed == true).size() >= 2)"
    )


REFUSED = {
    "a map": (
        "members.map(m, m.tax.income).size() > 1",
        UnsupportedPredicate,
        "f:8: map() is not offered",
        "use all, exists, exists_one",
    ),
    "a map with a filter": (
        "members.map(m, m.tax.taxed, m.tax.income).size() > 1",
        UnsupportedPredicate,
        "f:8: map() is not offered",
        "",
    ),
    "a map as a condition": (
        "members.map(m, m.tax.taxed)",
        UnsupportedPredicate,
        "f:8: map() is not offered",
        "",
    ),
    "a chain": (
        "members.filter(m, m.tax.taxed).exists(m, m.tax.income > 1)",
        UnsupportedPredicate,
        "f:31: exists() ranges over what another quantifier leaves",
        "members.exists(m, one && another)",
    ),
    "a nest": (
        "members.exists(m, members.all(n, n.tax.taxed))",
        UnsupportedPredicate,
        "f:26: a quantifier stands inside another",
        "join them with &&",
    ),
    "a count in a nest": (
        "members.exists(m, members.filter(n, n.tax.taxed).size() > 1)",
        UnsupportedPredicate,
        "f:26: a quantifier stands inside another",
        "",
    ),
    "another range": (
        "[true].all(m, m)",
        UnsupportedPredicate,
        "f:7: all() ranges over something else than members",
        "",
    ),
    "a table as range": (
        "params.table.exists(k, k > 1)",
        UnsupportedPredicate,
        "f:13: exists() ranges over something else",
        "",
    ),
    "a filter alone": (
        "members.filter(m, m.tax.taxed)",
        InvalidPredicate,
        "f:8: filter() gives a list of members",
        ".size() >= 2",
    ),
    "a quantifier CEL lacks": (
        "members.any(m, m.tax.taxed)",
        UnsupportedPredicate,
        "f:8: there is no quantifier 'any'",
        "known are all, exists",
    ),
    "all members counted": (
        "members.size() > 2",
        UnsupportedPredicate,
        "f:8: counting with size() is not offered",
        "members.filter(m, …).size() >= 2",
    ),
    "a count that is calculated with": (
        f"{TAXED} + 1 > 2",
        UnsupportedPredicate,
        "f:31: counting with size()",
        "with a number on the other side",
    ),
    "a count alone": (TAXED, UnsupportedPredicate, "f:31: counting with size()", ""),
    "a count in a list": (f"{TAXED} in [1, 2]", InvalidPredicate, "f:31: a count", ">= and <="),
    "two counts": (
        f"{TAXED} > members.filter(m, m.welfare.grade == 1).size()",
        UnsupportedPredicate,
        "two counts are compared",
        "with a number",
    ),
    "a count of what exists": (
        "members.exists(m, m.tax.taxed).size() > 1",
        InvalidPredicate,
        "size() does not fit true or false",
        "",
    ),
    "a count and an entry": (
        f"{TAXED} > params.table[1]",
        UnsupportedPredicate,
        "a count is compared with a number or a parameter",
        "",
    ),
    "a count and a decimal": (
        f"{TAXED} >= 1.5",
        InvalidPredicate,
        ">= does not fit a whole number and a decimal number",
        "use whole numbers",
    ),
    "a count that always is": (
        f"{TAXED} >= 0",
        DegeneratePredicate,
        "f:38: a count >= 0 always holds",
        "0 to 8 members",
    ),
    "a count that never is": (
        f"{TAXED} > 8",
        DegeneratePredicate,
        "a count > 8 never holds",
        "0 to 8 members",
    ),
    "a count far beyond": (f"9999999999 <= {TAXED}", DegeneratePredicate, "never holds", ""),
    "nothing asked": (
        "members.exists(m, true)",
        InvalidPredicate,
        "f:8: nothing is asked of the members",
        "m.role.name",
    ),
    "only a parameter asked": (
        "members.all(m, params.flag)",
        InvalidPredicate,
        "nothing is asked of the members",
        "",
    ),
    "no condition asked": (
        "members.exists(m, m.tax.income)",
        InvalidPredicate,
        "f:8: what this quantifier asks of a member is not a condition",
        "compare it",
    ),
    "no condition counted": (
        "members.filter(m, m.tax.income).size() > 1",
        InvalidPredicate,
        "f:8: what this quantifier asks of a member is not a condition",
        "",
    ),
    "the member itself": (
        "members.exists(m, m in members)",
        UnsupportedPredicate,
        "m is a member, not a value",
        "m.role.attribute",
    ),
    "the list itself": ("members", UnsupportedPredicate, "members is a list of members", ""),
    "one of the list": (
        "members[0].tax.taxed",
        UnsupportedPredicate,
        "this is no attribute of a member",
        "",
    ),
    "all of an agency's": (
        "members.exists(m, m.tax == m.tax)",
        UnsupportedPredicate,
        "f:18: m.tax is no attribute",
        "did you mean m.tax.",
    ),
    "a message": (
        "members.exists(m, household.Member{} == m)",
        UnsupportedPredicate,
        "is not offered",
        "",
    ),
    "a member called like parameters": (
        "members.all(params, params.tax.taxed)",
        UnsupportedPredicate,
        "f:8: 'params' means something else",
        "call the member m",
    ),
    "a member called like a role": (
        "members.all(tax, tax.tax.taxed)",
        UnsupportedPredicate,
        "'tax' means something else",
        "",
    ),
    "a member without a name": (
        "members.all(m.x, true)",
        InvalidPredicate,
        "a quantifier needs a name for the member",
        "",
    ),
    "a misspelt attribute": (
        "members.exists_one(m, m.tax.incom > 1)",
        InvalidPredicate,
        "f:22: there is no 'tax.incom' in the catalogue",
        "did you mean m.tax.income?",
    ),
    "a misspelt role": (
        "members.exists(m, m.tux.income > 1)",
        InvalidPredicate,
        "f:18: there is no 'tux.income' in the catalogue",
        "did you mean m.tax.income?",
    ),
    "a role left out": (
        "members.exists(m, m.income > 1)",
        InvalidPredicate,
        "f:18: there is no 'income'",
        "did you mean m.tax.income?",
    ),
    "another member": (
        "members.exists(m, n.tax.income > 1)",
        InvalidPredicate,
        "f:18: there is no 'n.tax.income'",
        "did you mean m.tax.income?",
    ),
    "a member outside": (
        "n.tax.taxed",
        InvalidPredicate,
        "f:0: there is no 'n.tax.taxed'",
        "write members.all(n, n.tax.taxed …)",
    ),
    "an attribute outside": (
        "members.all(m, m.tax.taxed) && tax.taxed",
        InvalidPredicate,
        "f:31: there is no 'tax.taxed'",
        "write members.all(m, m.tax.taxed …)",
    ),
    "an attribute of nobody": (
        "members.tax.taxed",
        InvalidPredicate,
        "f:0: 'members.tax.taxed' names nothing",
        "write members.all(m, m.tax.taxed …)",
    ),
    "an attribute of an attribute": (
        "members.exists(m, m.tax.income.x > 1)",
        InvalidPredicate,
        "f:18: 'm.tax.income.x' names nothing",
        "did you mean m.tax.income?",
    ),
    "members misspelt": (
        "member.exists(m, m.tax.taxed)",
        InvalidPredicate,
        "f:0: there is no 'member'",
        "did you mean members?",
    ),
    "a misspelt parameter": (
        "members.exists(m, m.tax.income > params.limt)",
        InvalidPredicate,
        "f:33: there is no 'params.limt'",
        "did you mean params.limit?",
    ),
    "a misspelt value": (
        "members.exists(m, m.welfare.kind == 'mentl')",
        InvalidPredicate,
        "'mentl' is no value of welfare.kind",
        "did you mean mental?",
    ),
    "roles mixed": (
        "members.exists(m, m.tax.income > m.welfare.grade)",
        UnsupportedPredicate,
        "what tax holds with what welfare holds",
        "",
    ),
    "presence": (
        "members.exists(m, has(m.tax.income))",
        UnsupportedPredicate,
        "f:18: has() is not used here",
        "",
    ),
    "a wrong type": (
        "members.exists(m, m.tax.taxed == m.welfare.grade)",
        InvalidPredicate,
        "f:30: == does not fit true or false and a whole number",
        "",
    ),
    "a quantifier compared": (
        "members.all(m, m.tax.taxed) == true",
        UnsupportedPredicate,
        "f:8: a quantifier among values",
        "",
    ),
}


@pytest.mark.parametrize(("text", "error", "message", "fix"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_quantifier_is_refused_in_its_own_words(
    text: str, error: type[InvalidPredicate], message: str, fix: str
) -> None:
    with pytest.raises(InvalidPredicate) as caught:
        _predicate(text)
    assert type(caught.value) is error
    assert message in f"{caught.value.where}: {caught.value.what}"
    assert fix in caught.value.fix
    assert caught.value.fix.endswith("^")


def test_every_value_of_a_parameter_must_be_a_count_that_decides() -> None:
    small = replace(HOUSEHOLD, most_members=2)
    source = Source(f"{TAXED} > params.k", lambda offset: f"f:{offset}")
    with pytest.raises(DegeneratePredicate, match="a count > 2 never holds") as caught:
        compile_condition(source, small)
    assert caught.value.where == "f:38"
    assert "0 to 2 members" in caught.value.fix


@pytest.mark.parametrize("macro", [Macro.ALL, Macro.EXISTS, Macro.EXISTS_ONE])
@pytest.mark.parametrize(
    "change",
    [
        lambda loop: loop.accu_init.const_expr.__setattr__("int64_value", 7),
        lambda loop: loop.loop_condition.const_expr.__setattr__("bool_value", False),
        lambda loop: loop.__setattr__("iter_var2", "n"),
        lambda loop: loop.__setattr__("accu_var", "other"),
        lambda loop: loop.result.const_expr.__setattr__("bool_value", True),
        lambda loop: loop.loop_step.call_expr.__setattr__("function", "_==_"),
        lambda loop: loop.loop_step.call_expr.args.pop(),
    ],
    ids=["init", "condition", "second variable", "accumulator", "result", "step", "arguments"],
)
def test_a_loop_that_differs_anywhere_is_no_quantifier(macro: Macro, change: object) -> None:
    source = Source(f"members.{macro.value}(m, m.tax.taxed)", str)
    tree = check(source, HOUSEHOLD)
    operands = Operands.of(source, tree, HOUSEHOLD)
    assert quantified(tree.expr, operands).macro is macro
    change(tree.expr.comprehension_expr)  # type: ignore[operator]
    with pytest.raises(UnsupportedPredicate, match="is not offered"):
        quantified(tree.expr, operands)
