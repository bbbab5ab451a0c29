from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bench.journal import Begun, Finished, Operations, keeping
from bench.results import Environment
from matcher.core.errors import InvalidConfiguration, InvalidFile
from tests.bench_results import results

FOUND = results()
BEGUN = Begun("ab" * 32, 7, FOUND.environment)
STEPS = (
    Finished("scenario a", 1.5, FOUND.measurements[0]),
    Finished("scenario b", 0.25, FOUND.not_measured[0]),
    Finished("peer c", 2.0, FOUND.peers[0]),
    Finished("peer d", 0.0, FOUND.peers[1]),
    Finished("operations", 3.0, Operations(FOUND.operations)),
)


def filled(path: Path) -> Path:
    with keeping(path, BEGUN) as journal:
        for step in STEPS:
            journal.add(step)
    return path


def test_whatever_a_step_finds_is_there_again(tmp_path: Path) -> None:
    path = filled(tmp_path / "journal.jsonl")
    with keeping(path, BEGUN) as journal:
        assert tuple(journal.finished.values()) == STEPS
        assert journal.seconds == 6.75


def test_a_step_counts_once_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with keeping(path, BEGUN) as journal:
        assert not journal.finished
        journal.add(STEPS[0])
        assert [*journal.finished] == ["scenario a"]
        assert len(path.read_text().splitlines()) == 2


def test_half_a_line_is_measured_again(tmp_path: Path) -> None:
    path = filled(tmp_path / "journal.jsonl")
    path.write_bytes(path.read_bytes()[:-40])
    with keeping(path, BEGUN) as journal:
        assert [*journal.finished.values()] == [*STEPS[:-1]]
        journal.add(STEPS[-1])
    with keeping(path, BEGUN) as journal:
        assert tuple(journal.finished.values()) == STEPS


def test_a_journal_cut_before_its_first_line_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b'{"digest": "ab')
    with keeping(path, BEGUN) as journal:
        assert (journal.begun, journal.finished) == (BEGUN, {})
    assert json.loads(path.read_text())["seed"] == 7


def test_what_is_to_be_measured_anew_is_forgotten(tmp_path: Path) -> None:
    path = filled(tmp_path / "journal.jsonl")
    other = replace(BEGUN, seed=8)
    with keeping(path, other, fresh=True) as journal:
        assert (journal.begun, journal.finished) == (other, {})


def environment(**changed: object) -> Environment:
    return replace(FOUND.environment, **changed)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("now", "what"),
    [
        pytest.param(replace(BEGUN, digest="cd" * 32), "other scenarios", id="another file"),
        pytest.param(replace(BEGUN, seed=8), "other scenarios", id="another seed"),
        pytest.param(
            replace(BEGUN, environment=environment(cpu="Another")),
            "another processor: A processor, now Another",
            id="another processor",
        ),
        pytest.param(
            replace(BEGUN, environment=environment(cores=4)),
            "number of cores: 2, now 4",
            id="cores",
        ),
        pytest.param(
            replace(BEGUN, environment=environment(python="3.12.1")), "another Python", id="Python"
        ),
        pytest.param(
            replace(BEGUN, environment=environment(versions={"fusuma": "0.2.0", "numpy": "2.1.0"})),
            "version of fusuma: 0.1.0, now 0.2.0",
            id="another version",
        ),
        pytest.param(
            replace(BEGUN, environment=environment(versions={"fusuma": "0.1.0"})),
            "version of numpy: 2.1.0, now not there",
            id="a library that is gone",
        ),
    ],
)
def test_figures_that_do_not_belong_together_are_not_mixed(
    tmp_path: Path, now: Begun, what: str
) -> None:
    path = filled(tmp_path / "journal.jsonl")
    before = path.read_bytes()
    with pytest.raises(InvalidConfiguration, match="interrupted") as refused, keeping(path, now):
        pass
    assert what in refused.value.what
    assert "--fresh" in refused.value.fix
    assert path.read_bytes() == before


def test_another_time_and_memory_are_the_same_machine(tmp_path: Path) -> None:
    path = filled(tmp_path / "journal.jsonl")
    later = environment(started="2026-10-02T12:00:00Z", memory_mib=8191)
    with keeping(path, replace(BEGUN, environment=later)) as journal:
        assert journal.begun == BEGUN


def test_one_process_writes_a_journal(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with keeping(path, BEGUN) as journal:
        journal.add(STEPS[0])
        for fresh in (False, True):
            with (
                pytest.raises(InvalidConfiguration, match="another benchmark"),
                keeping(path, BEGUN, fresh=fresh),
            ):
                pass
        assert [*journal.finished] == ["scenario a"]
    with keeping(path, BEGUN) as journal:
        assert [*journal.finished] == ["scenario a"]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        pytest.param("nonsense", "the journal is damaged", id="no JSON"),
        pytest.param('{"step": "x"}', "the field seconds is missing", id="half a step"),
    ],
)
def test_a_damaged_line_is_named(tmp_path: Path, line: str, what: str) -> None:
    path = filled(tmp_path / "journal.jsonl")
    lines = path.read_text().splitlines()
    lines[2] = line
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(InvalidFile) as refused, keeping(path, BEGUN):
        pass
    assert refused.value.what == what
    assert refused.value.where.startswith(f"{path}:3")
    assert "--fresh" in refused.value.fix
