from __future__ import annotations

import random

import pytest

from clients.designer.condition_text import Kind, Part, read_condition
from matcher.core.errors import InvalidPredicate
from tests.programmes_of_tests import predicate_of


def _shown(part: Part) -> str:
    """The parts in brackets, so that what belongs to what can be read."""
    match part.kind:
        case Kind.NAME | Kind.NUMBER | Kind.TEXT | Kind.BOOLEAN:
            return part.word
        case _:
            return f"<{part.word} {' '.join(_shown(child) for child in part.children)}>"


CONDITIONS = {
    "and binds more tightly than or": (
        "tax.a || tax.b && tax.c",
        "<|| tax.a <&& tax.b tax.c>>",
    ),
    "a chain is one part": ("a.x && a.y && a.z", "<&& a.x a.y a.z>"),
    "brackets make parts of their own": ("a.x && (a.y && a.z)", "<&& a.x <&& a.y a.z>>"),
    "negations": ("!a.x && !(a.y || a.z)", "<&& <! a.x> <! <|| a.y a.z>>>"),
    "arithmetic from left to right": (
        "a.x - 1 - 2 * a.y < -3",
        "<< <- <- a.x 1> <* 2 a.y>> <- 3>>",
    ),
    "a list": ("a.x in [1, -2, params.y]", "<in a.x <[ 1 <- 2> params.y>>"),
    "a table": (
        "a.x <= params.t[math.least(a.n, 9)]",
        "<<= a.x <[ params.t <least math a.n 9>>>",
    ),
    "a quantifier": (
        "members.all(m, !m.a.x || m.a.y == 'q')",
        "<all members m <|| <! m.a.x> <== m.a.y 'q'>>>",
    ),
    "a count": (
        "members.filter(m, m.a.x).size() >= 2",
        "<>= <size <filter members m m.a.x>> 2>",
    ),
    "functions of no receiver": (
        'at_least(2, [age(a.d) >= 65, a.d < date("2026-04-01"), a.x])',
        '<at_least 2 <[ <>= <age a.d> 65> << a.d <date "2026-04-01">> a.x>>',
    ),
    "words within text are no operators": ('a.x == "in || && ("', '<== a.x "in || && (">'),
    "comments and lines": ("a.x // so\n  && // and\n a.y", "<&& a.x a.y>"),
}


@pytest.mark.parametrize("case", CONDITIONS)
def test_a_condition_is_taken_apart(case: str) -> None:
    text, shown = CONDITIONS[case]
    assert _shown(read_condition(text)) == shown


@pytest.mark.parametrize("case", CONDITIONS)
def test_every_part_stands_where_it_says(case: str) -> None:
    text, _ = CONDITIONS[case]
    for part in read_condition(text).walk():
        assert 0 <= part.outer_start <= part.start < part.end <= part.outer_end <= len(text)
        assert text[part.word_start :].startswith(part.word.partition(".")[0])
        for child in part.children:
            assert part.start <= child.outer_start < child.outer_end <= part.end


def test_brackets_belong_to_the_outside_of_a_part() -> None:
    text = "a.x && ((a.y || a.z))"
    part = read_condition(text).children[1]
    assert text[part.start : part.end] == "a.y || a.z"
    assert text[part.outer_start : part.outer_end] == "((a.y || a.z))"


@pytest.mark.parametrize("text", ["", "a.x &&", "a.x $ 1", "(a.x", "a.x)", "a.x, a.y", "1 2"])
def test_what_is_no_condition_is_refused(text: str) -> None:
    with pytest.raises(InvalidPredicate):
        read_condition(text)


def _bracketed(text: str, part: Part) -> str:
    """The condition with every part in brackets: what the reader thinks belongs together."""
    match part.kind:
        case Kind.ALL | Kind.ANY:
            joined = f" {part.word} ".join(_bracketed(text, child) for child in part.children)
            return f"({joined})"
        case Kind.NOT:
            return f"(!{_bracketed(text, part.children[0])})"
        case _:
            return f"({text[part.start : part.end]})"


def _condition(chance: random.Random, depth: int) -> str:
    if depth == 0:
        return chance.choice(
            ["tax.bracket <= 3", "tax.resident", "welfare.grade in [1, 2]", "school.year != 2"]
        )
    parts = [_condition(chance, depth - 1) for _ in range(chance.randint(2, 3))]
    joined = chance.choice([" && ", "||"]).join(
        f"({part})" if chance.random() < 0.3 else part for part in parts
    )
    return f"!({joined})" if chance.random() < 0.3 else joined


def test_the_compiler_reads_the_same_structure() -> None:
    chance = random.Random(20260601)
    for _ in range(60):
        text = _condition(chance, chance.randint(1, 3))
        assert predicate_of(text) == predicate_of(_bracketed(text, read_condition(text))), text
