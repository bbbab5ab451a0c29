"""The page about benchmarks says what there is, and its example is one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bench.command import COMMANDS
from bench.kernel_peer import KERNELS
from bench.peers.catalogue import PEERS
from bench.question import catalogue, roles
from bench.results import Phase
from bench.scenario_file import SHIPPED, load_scenarios
from bench.scenario_series import AXES

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "benchmarks.md").read_text(encoding="utf-8")


def test_the_example_is_a_set_of_scenarios(tmp_path: Path) -> None:
    (example,) = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    path = tmp_path / "mine.yaml"
    path.write_text(example, encoding="utf-8")
    found = load_scenarios(str(path))
    assert "subjects/bgv/1000" in [one.name for one in found.scenarios]


WORDS = """
    series name benchmark seed price defaults peers operations
    cpu_seconds peak_mib bytes_asked bytes_up bytes_down hiding_bits spare_bits mismatches
"""


@pytest.mark.parametrize(
    "word", [*AXES, *SHIPPED, *PEERS, KERNELS, *roles(), *Phase, *WORDS.split()]
)
def test_every_word_is_explained(word: str) -> None:
    assert f"`{word}" in PAGE


def test_every_attribute_has_its_values_there() -> None:
    for name, attribute in catalogue().attributes.items():
        row = next(line for line in PAGE.splitlines() if f"`{name}`" in line or name[-5:] in line)
        assert f"{attribute.low} to {attribute.high}" in row


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_named(command: str) -> None:
    assert f"fusuma bench {command}" in PAGE
