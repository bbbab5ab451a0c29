from __future__ import annotations

import pytest

from matcher.core.nearest import nearest


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("tax.incom", "did you mean tax.income_bracket?"),
        ("tax.income_braket", "did you mean tax.income_bracket?"),
        ("zzz", "known are tax.income_bracket, tax.ok"),
        ("", "known are tax.income_bracket, tax.ok"),
    ],
)
def test_the_nearest_name_is_advised(name: str, advice: str) -> None:
    assert nearest(name, ["tax.ok", "tax.income_bracket"]) == advice


def test_long_lists_are_cut() -> None:
    assert nearest("zzz", [f"a{n}" for n in range(10)]).endswith("a7, …")
