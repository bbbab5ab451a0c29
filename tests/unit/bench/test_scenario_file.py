from __future__ import annotations

from pathlib import Path

import pytest

from bench.scenario_file import FOLDER, SHIPPED, load_scenarios
from matcher.core.errors import FusumaError, InvalidConfiguration, InvalidFile, InvalidPredicate

HEAD = "benchmark: mine\nseed: 7\nprice: {amount: 0.05, currency: USD}\n"
ENTRY = "scenarios:\n  - {series: subjects, scheme: bgv, subjects: 10}\n"


def written(folder: Path, text: str) -> str:
    path = folder / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_file_says_what_is_measured(tmp_path: Path) -> None:
    text = HEAD + ENTRY + "peers: [seal-kernels, concrete]\noperations: true\n"
    found = load_scenarios(written(tmp_path, text))
    assert (found.name, found.seed, found.operations) == ("mine", 7, True)
    assert (found.price.amount, found.price.currency) == (0.05, "USD")
    assert found.peers == ("seal-kernels", "concrete")
    assert [one.name for one in found.scenarios] == ["subjects/bgv"]


def test_peers_and_operations_are_measured_where_they_are_asked_for(tmp_path: Path) -> None:
    found = load_scenarios(written(tmp_path, HEAD + ENTRY))
    assert (found.peers, found.operations) == ((), False)


def test_the_digest_is_that_of_the_bytes(tmp_path: Path) -> None:
    first = load_scenarios(written(tmp_path, HEAD + ENTRY))
    second = load_scenarios(written(tmp_path, HEAD + ENTRY + "# another\n"))
    assert first.scenarios == second.scenarios
    assert first.digest != second.digest


@pytest.mark.parametrize("name", SHIPPED)
def test_what_comes_with_the_package_is_loaded_by_name(name: str) -> None:
    found = load_scenarios(name)
    assert found == load_scenarios(str(FOLDER / f"{name}.yaml"))
    assert found.name == name


def test_the_default_set_shows_what_reports_plot() -> None:
    found = load_scenarios("default")
    assert found.operations
    by_series: dict[str, set[str]] = {}
    for one in found.scenarios:
        by_series.setdefault(one.series, set()).add(one.scheme.value)
    assert by_series["subjects"] == {"bgv", "bfv", "ckks", "paillier", "enclave", "clear"}
    assert {"agencies", "predicate", "columns"} <= by_series.keys()
    asked = {one.agencies for one in found.scenarios if one.series == "agencies"}
    assert {2, 4, 8} <= asked
    sizes = {one.subjects for one in found.scenarios if one.scheme.value == "bgv"}
    assert {10**power for power in range(7)} <= sizes


@pytest.mark.parametrize(
    ("text", "place", "what", "fix"),
    [
        pytest.param(
            HEAD + ENTRY.replace("subjects: 10", "subject: 10"),
            ":5:37",
            "no key 'subject'",
            "did you mean subjects?",
            id="a key with a typo",
        ),
        pytest.param(
            HEAD + ENTRY.replace("bgv", "bgw"),
            ":5:32",
            "'bgw'",
            "did you mean bgv?",
            id="a scheme with a typo",
        ),
        pytest.param(
            HEAD + ENTRY + "peers: [seal-kernals]\n",
            ":6:9",
            "'seal-kernals'",
            "did you mean seal-kernels?",
            id="a peer with a typo",
        ),
        pytest.param(
            HEAD + ENTRY + "peers: [concrete, concrete]\n",
            ":6:19",
            "listed twice",
            "once",
            id="a peer twice",
        ),
        pytest.param(
            HEAD.replace("0.05", "cheap") + ENTRY,
            ":3:17",
            "an hour of one core",
            "digits",
            id="a price that is no number",
        ),
        pytest.param(
            HEAD.replace("0.05", "-1") + ENTRY, ":3:17", "an hour", "digits", id="a negative price"
        ),
        pytest.param(
            HEAD.replace("7", "-7") + ENTRY, ":2:7", "the seed must be from 0", "", id="no seed"
        ),
        pytest.param(
            HEAD + ENTRY + "operations: maybe\n", ":6:13", "true or false", "", id="half asked for"
        ),
        pytest.param(HEAD, ":1:1", "lacks the key 'scenarios'", "", id="no scenarios"),
        pytest.param(
            HEAD + "scenarios: []\n", ":4:12", "nothing to measure", "", id="an empty benchmark"
        ),
        pytest.param(
            HEAD + ENTRY + "  - {series: subjects, scheme: bgv, subjects: 20}\n",
            ":6:5",
            "two scenarios are called 'subjects/bgv'",
            "a name of its own",
            id="two scenarios of one name",
        ),
        pytest.param(
            HEAD + "defaults: {subjects: 10, series: x}\n" + ENTRY,
            ":4:26",
            "defaults has no key 'series'",
            "",
            id="a default of what has none",
        ),
        pytest.param(
            HEAD + ENTRY.replace("10", f"[{', '.join(map(str, range(1, 502)))}]"),
            ":5:5",
            "more than 500",
            "fewer",
            id="too many scenarios",
        ),
        pytest.param(HEAD + "scenarios: [", ":", "not YAML", "", id="half a file"),
        pytest.param("# " + "x" * 70_000, "", "64 KiB", "", id="a file that is too large"),
    ],
)
def test_a_mistake_is_said_with_its_place(
    tmp_path: Path, text: str, place: str, what: str, fix: str
) -> None:
    with pytest.raises(FusumaError) as refused:
        load_scenarios(written(tmp_path, text))
    assert isinstance(refused.value, InvalidFile | InvalidConfiguration)
    assert f"mine.yaml{place}" in refused.value.where
    assert what in refused.value.what
    assert fix in refused.value.fix


def test_a_predicate_that_does_not_compile_is_shown_in_the_file(tmp_path: Path) -> None:
    entry = ENTRY.replace(
        "}", ", predicate: tax.income_braket <= 3 && welfare.disability_grade == 1}"
    )
    with pytest.raises(InvalidPredicate) as refused:
        load_scenarios(written(tmp_path, HEAD + entry))
    assert refused.value.where.endswith("mine.yaml:5:62")
    assert "did you mean tax.income_bracket?" in refused.value.fix


def test_a_set_of_another_name_is_not_looked_for_as_a_file() -> None:
    with pytest.raises(InvalidFile, match="no set of scenarios") as refused:
        load_scenarios("defualt")
    assert "did you mean default?" in refused.value.fix


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidFile, match="cannot be read"):
        load_scenarios(str(tmp_path / "none.yaml"))
