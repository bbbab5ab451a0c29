from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.results_file import read_results, write_results
from matcher.core.errors import InvalidFile
from tests.bench_results import results


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    found = results()
    write_results(found, file)
    assert read_results(file) == found
    assert [path.name for path in tmp_path.iterdir()] == ["results.json"]


def test_derived_figures_stand_in_the_file_for_other_tools(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    write_results(results(), file)
    first = json.loads(file.read_text())["results"]["measurements"][0]
    assert first["subjects_per_second"] == 2000
    assert first["cpu_total"] == 2.0
    assert first["seconds"]["end_to_end"] == {
        "values": [0.5, 0.625, 0.375],
        "median": 0.5,
        "low": 0.375,
        "high": 0.625,
    }


def without(name: str) -> Callable[[dict[str, Any]], object]:
    return lambda found: found["measurements"][0].pop(name)


def having(name: str, value: object) -> Callable[[dict[str, Any]], object]:
    return lambda found: found["measurements"][0].update({name: value})


@pytest.mark.parametrize(
    ("change", "where", "what"),
    [
        pytest.param(
            without("chunks"), "results.measurements[0]", "chunks is missing", id="a missing field"
        ),
        pytest.param(
            having("colour", "red"), "measurements[0].colour", "not known", id="an unknown field"
        ),
        pytest.param(
            having("chunks", 1.5), "measurements[0].chunks", "a whole number", id="half a chunk"
        ),
        pytest.param(
            having("chunks", value=True),
            "measurements[0].chunks",
            "a whole number",
            id="a truth value for a number",
        ),
        pytest.param(
            having("seconds", {"end_to_end": {"values": []}}),
            "seconds.end_to_end",
            "nothing was measured",
            id="a spread of nothing",
        ),
        pytest.param(
            having("seconds", {"lunch": {"values": [1]}}),
            "seconds.lunch",
            "one of encrypt",
            id="a phase nobody knows",
        ),
        pytest.param(
            having("peak_mib", {"tax": float("nan")}),
            "peak_mib.tax",
            "a finite number",
            id="not a number",
        ),
        pytest.param(
            having("seconds", {"encrypt": {"values": [1]}}),
            "measurements[0].seconds",
            "end_to_end is missing",
            id="no time end to end",
        ),
        pytest.param(
            having("seconds", {"end_to_end": {"values": [1, 0]}}),
            "measurements[0].seconds.end_to_end",
            "not a time that passed",
            id="a run without time",
        ),
        pytest.param(
            lambda found: found["measurements"][0]["scenario"].update(subjects=0),
            "measurements[0].scenario.subjects",
            "nobody was decided",
            id="a run about nobody",
        ),
        pytest.param(
            lambda found: found["peers"][0].update(subjects=0),
            "peers[0].subjects",
            "nobody was decided",
            id="a peer that decided nobody",
        ),
        pytest.param(
            lambda found: found["peers"][0]["seconds"].update(values=[-1]),
            "peers[0].seconds",
            "not a time that passed",
            id="a peer that went back in time",
        ),
        pytest.param(
            lambda found: found["peers"][0].pop("note"),
            "results.peers[0]",
            "a field is missing",
            id="a peer that is neither measured nor skipped",
        ),
        pytest.param(
            lambda found: found.update(measurements={}),
            "results.measurements",
            "a list",
            id="an object for a list",
        ),
        pytest.param(
            lambda found: found.update(price=None), "results.price", "an object", id="no price"
        ),
    ],
)
def test_what_are_no_results_is_refused_with_its_place(
    tmp_path: Path, change: Callable[[dict[str, Any]], object], where: str, what: str
) -> None:
    file = tmp_path / "results.json"
    write_results(results(), file)
    document = json.loads(file.read_text())
    change(document["results"])
    file.write_text(json.dumps(document))
    with pytest.raises(InvalidFile) as refused:
        read_results(file)
    assert where in refused.value.where
    assert what in refused.value.what
    assert "fusuma bench run" in refused.value.fix


@pytest.mark.parametrize(
    ("content", "what"),
    [
        pytest.param("{", "not JSON", id="half a file"),
        pytest.param("[" * 100_000, "not JSON", id="depth"),
        pytest.param("[]", "not the results", id="a list"),
        pytest.param('{"format": 2, "results": {}}', "format 2", id="another format"),
    ],
)
def test_other_files_are_told_from_results(tmp_path: Path, content: str, what: str) -> None:
    file = tmp_path / "results.json"
    file.write_text(content)
    with pytest.raises(InvalidFile, match=what):
        read_results(file)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidFile, match="No such file") as refused:
        read_results(tmp_path / "none.json")
    assert refused.value.where.endswith("none.json")
