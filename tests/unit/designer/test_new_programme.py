"""``fusuma programme new`` writes a file that loads and passes its own tests, or nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from clients.designer.command import app
from matcher.core.catalogue import AttributeType
from matcher.core.errors import FusumaError, InvalidConfiguration
from matcher.core.programme import Unit
from matcher.core.reference import reference_verdicts
from matcher.core.table import Grouping, Values
from matcher.language import load_programme

SAID = ("--title-en", "Stipend", "--requester", "town-benefits", "--affair", "給付に関する事務")
CATALOGUE = """\
catalogue: town
attributes:
  tax.born: {type: date, domain: [1900-01-01, 2026-12-31], absent: unknown}
  welfare.kind: {type: enumeration, values: [none, "a \\"b\\""], absent: unknown}
  tax.taxed: {type: boolean, absent: false}
"""


def _new(file: Path, *options: str) -> str:
    result = CliRunner().invoke(app, ["new", str(file), *SAID, *options])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.parametrize("unit", Unit)
def test_a_new_programme_loads_and_passes_its_own_tests(tmp_path: Path, unit: Unit) -> None:
    file = tmp_path / "town" / "stipend.yaml"
    _new(file, "--unit", unit.value, "--title-ja", "給付金: #1", "--from", "2026-04-01")
    programme = load_programme(file)
    assert programme.id == "town/stipend"
    assert programme.title == {"en": "Stipend", "ja": "給付金: #1"}
    assert programme.unit is unit
    assert {case.expect.word for case in programme.cases} == {"eligible", "ineligible"}
    for case in programme.cases:
        table = {name: Values.of([code]) for name, code in case.members[0].items()}
        grouping = Grouping(1, Values.of([0]).codes) if unit is Unit.HOUSEHOLD else None
        verdicts = reference_verdicts(programme, programme.valid_from, table, grouping)
        assert verdicts[0] == case.expect


def test_starter_catalogue_and_shares_let_a_newcomer_simulate_at_once(tmp_path: Path) -> None:
    file = tmp_path / "town" / "stipend.yaml"
    _new(file)
    result = CliRunner().invoke(app, ["simulate", str(file), "--subjects", "500", "--json"])
    tree = json.loads(result.output)
    assert sum(tree["verdicts"].values()) == 500
    assert tree["illustrative"] == ["tax.income", "welfare.disability_grade"]


def test_a_catalogue_that_is_there_is_used_and_kept(tmp_path: Path) -> None:
    (tmp_path / "catalogue.yaml").write_text(CATALOGUE, encoding="utf-8")
    _new(tmp_path / "stipend.yaml")
    programme = load_programme(tmp_path / "stipend.yaml")
    assert {a.type for a in programme.catalogue.attributes.values()} == {
        AttributeType.DATE,
        AttributeType.ENUMERATION,
    }
    assert (tmp_path / "catalogue.yaml").read_text(encoding="utf-8") == CATALOGUE
    assert not (tmp_path / "proportions.csv").exists()


def test_attributes_can_be_named(tmp_path: Path) -> None:
    (tmp_path / "catalogue.yaml").write_text(CATALOGUE, encoding="utf-8")
    _new(tmp_path / "stipend.yaml", "--ask", "tax.taxed")
    programme = load_programme(tmp_path / "stipend.yaml")
    assert programme.eligible_source == "tax.taxed"


def test_json_lists_what_was_written(tmp_path: Path) -> None:
    file = tmp_path / "town" / "stipend.yaml"
    written = json.loads(_new(file, "--json"))["written"]
    assert sorted(Path(path).name for path in written) == [
        "catalogue.yaml",
        "proportions.csv",
        "stipend.yaml",
    ]


def test_nothing_that_exists_is_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "stipend.yaml"
    file.write_text("mine", encoding="utf-8")
    with pytest.raises(InvalidConfiguration, match="exists already"):
        _new(file)
    assert file.read_text(encoding="utf-8") == "mine"


REFUSED = {
    "a requester that is no agency": ("--requester", "Town Hall!"),
    "an id that is none": ("--id", "Town/Stipend"),
    "an unknown attribute": ("--ask", "tax.incom"),
    "a date that is none": ("--from", "1 April"),
    "an end before the beginning": ("--from", "2026-04-01", "--to", "2026-03-31"),
}


@pytest.mark.parametrize("options", REFUSED.values(), ids=REFUSED)
def test_what_makes_no_programme_leaves_nothing_behind(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    file = tmp_path / "town" / "stipend.yaml"
    with pytest.raises(FusumaError) as refused:
        _new(file, *options)
    assert refused.value.fix
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_misspelt_attribute_is_put_right(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfiguration, match=r"did you mean tax\.income\?"):
        _new(tmp_path / "town" / "stipend.yaml", "--ask", "tax.incom")


def test_without_a_terminal_a_missing_answer_names_its_flag(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["new", str(tmp_path / "a.yaml"), "--title-en", "Stipend"])
    assert isinstance(result.exception, InvalidConfiguration)
    assert result.exception.where == "--requester"
