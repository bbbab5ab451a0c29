from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from enclave_sim.command import app
from enclave_sim.config import load_config
from enclave_sim.launch import identify
from enclave_sim.platform import ROOT_CERTIFICATE, load_platform
from matcher.core.errors import InvalidConfiguration

if TYPE_CHECKING:
    from pathlib import Path

    from tests.enclave_scene import Federation


@pytest.fixture
def config(tmp_path: Path, federation: Federation) -> Path:
    (tmp_path / "ca.crt").write_bytes(federation.authority.pem)
    path = tmp_path / "enclave.yaml"
    path.write_text("platform: platform\nsocket: e.sock\nauthority: ca.crt\n")
    return path


def test_init_makes_a_platform_and_says_what_to_hand_out(tmp_path: Path) -> None:
    ran = CliRunner().invoke(app, ["init", str(tmp_path / "platform"), "--days", "7"])

    assert ran.exit_code == 0
    assert ROOT_CERTIFICATE in ran.output
    load_platform(tmp_path / "platform")


def test_init_refuses_to_overwrite(tmp_path: Path) -> None:
    CliRunner().invoke(app, ["init", str(tmp_path)])
    ran = CliRunner().invoke(app, ["init", str(tmp_path)])

    assert isinstance(ran.exception, InvalidConfiguration)


def test_measure_prints_the_reference_value_without_a_platform(config: Path) -> None:
    ran = CliRunner().invoke(app, ["measure", "--config", str(config)])

    assert ran.output.strip() == identify(load_config(config)).measurement.hex()


def test_measure_prints_the_terms_as_json(config: Path, federation: Federation) -> None:
    ran = CliRunner().invoke(app, ["measure", "--config", str(config), "--json"])

    told = json.loads(ran.output)
    assert told["measurement"] == identify(load_config(config)).measurement.hex()
    assert told["policy"]["authority"] == federation.authority.digest.hex()
    assert told["security_version"] == 1
