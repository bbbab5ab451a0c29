"""The page for designers: what it says is offered is offered, and what it says is refused is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from matcher.core.catalogue import AttributeType
from matcher.core.errors import InvalidPredicate
from matcher.core.programme import Unit
from matcher.language import load_catalogue, load_programme
from matcher.language.catalogue_file import RESERVED
from matcher.language.conditions import compile_condition
from matcher.language.parameters import ParameterType
from matcher.language.source import Source
from matcher.language.vocabulary import Vocabulary

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "programmes.md").read_text("utf-8")
FILES = dict(re.findall(r"^```yaml\n# (\S+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
ATTRIBUTES = load_catalogue(FILES["region/catalogue.yaml"]).attributes
PARAMETERS = {
    "limit": ParameterType(AttributeType.INTEGER, numbers=(2,)),
    "limits": ParameterType(AttributeType.INTEGER, table=True),
    "birthday": ParameterType(AttributeType.DATE),
}
_FIRST_CELL = re.compile(r"^\| `(.+?)` \| ", re.MULTILINE)


def _table(name: str) -> list[str]:
    rows = PAGE.partition(f"<!-- {name} -->\n")[2].partition("\n\n")[0]
    return [text.replace(r"\|", "|") for text in _FIRST_CELL.findall(rows)]


def _compile(text: str, unit: Unit) -> None:
    most = 6 if unit is Unit.HOUSEHOLD else 1
    compile_condition(Source(text, str), Vocabulary(ATTRIBUTES, PARAMETERS, unit, most))


def _rows(kind: str) -> list[tuple[str, Unit]]:
    return [(text, unit) for unit in Unit for text in _table(f"{kind}: {unit.value}")]


@pytest.mark.parametrize(("text", "unit"), _rows("conditions"))
def test_what_the_page_offers_is_offered(text: str, unit: Unit) -> None:
    _compile(text, unit)


@pytest.mark.parametrize(("text", "unit"), _rows("refused"))
def test_what_the_page_refuses_is_refused_with_advice(text: str, unit: Unit) -> None:
    with pytest.raises(InvalidPredicate) as caught:
        _compile(text, unit)
    assert caught.value.fix.partition("\n")[0]


def test_the_tables_are_found() -> None:
    assert [len(_table(f"conditions: {unit.value}")) for unit in Unit] == [14, 5]
    assert [len(_table(f"refused: {unit.value}")) for unit in Unit] == [7, 5]


@pytest.mark.parametrize("name", ["allowance", "winter"])
def test_the_programmes_of_the_page_load(tmp_path: Path, name: str) -> None:
    for path, text in FILES.items():
        (tmp_path / Path(path).name).write_text(text, encoding="utf-8")
    assert len(load_programme(tmp_path / f"{name}.yaml").cases) >= 4


def test_the_words_that_are_taken_are_taken() -> None:
    assert {"params", "members", "math", "in", "has", "true", "for"} <= RESERVED
    for kind in AttributeType:
        assert f"`{kind.value}`" in PAGE
