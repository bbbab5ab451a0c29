from __future__ import annotations

import pytest

from matcher.language.source import Source

SOURCE = Source("tax.a &&\n  math.least ( m.tax.b, 2) > 3", lambda offset: f"f:{offset}")


@pytest.mark.parametrize(
    ("line", "column", "offset"), [(1, 1, 0), (1, 5, 4), (2, 1, 9), (2, 3, 11), (2, 99, 39)]
)
def test_lines_and_columns_count_from_one(line: int, column: int, offset: int) -> None:
    assert SOURCE.offset(line, column) == offset


def test_the_line_is_shown_with_a_caret() -> None:
    assert SOURCE.shown(11) == "\n      math.least ( m.tax.b, 2) > 3\n      ^"
    assert str(SOURCE.refuse("wrong", 0, "right")) == "f:0: wrong; right\n    tax.a &&\n    ^"


def test_a_name_is_found_from_inside_it() -> None:
    dot = SOURCE.text.index(".tax.b")
    assert SOURCE.beginning_of_name(dot) == dot - 1
    assert SOURCE.name_at(dot - 1) == "m.tax.b"
    assert SOURCE.name_at(len(SOURCE.text)) == ""
    assert SOURCE.beginning_of_name(3) == 0


def test_a_call_begins_with_its_name() -> None:
    bracket = SOURCE.text.index("(")
    assert SOURCE.text[SOURCE.beginning_of_call(bracket) :].startswith("least (")
