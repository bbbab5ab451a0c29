from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from enclave_sim.config import EnclaveConfig, load_config
from enclave_sim.launch import identify
from enclave_sim.program import SECURITY_VERSION
from enclave_sim.program.policy import Limits
from matcher.core.errors import InvalidInput

if TYPE_CHECKING:
    from pathlib import Path

    from tests.enclave_scene import Federation


def load(directory: Path, federation: Federation, **changes: str | None) -> EnclaveConfig:
    (directory / "ca.crt").write_bytes(federation.authority.pem)
    settings = {
        "platform": "platform",
        "socket": "run/enclave.sock",
        "authority": "ca.crt",
        **changes,
    }
    lines = [f"{key}: {value}" for key, value in settings.items() if value is not None]
    (directory / "enclave.yaml").write_text("\n".join(lines))
    return load_config(directory / "enclave.yaml")


def test_smallest_configuration_has_the_default_limits(
    tmp_path: Path, federation: Federation
) -> None:
    config = load(tmp_path, federation)

    assert config.platform == tmp_path / "platform"
    assert config.socket == tmp_path / "run/enclave.sock"
    assert config.authority.digest == federation.authority.digest
    assert config.limits == Limits()
    assert (config.debug, config.boundary_log) == (False, None)


def test_limits_that_are_not_given_keep_their_default(
    tmp_path: Path, federation: Federation
) -> None:
    config = load(tmp_path, federation, limits="{chunks: 7}")

    assert config.limits == Limits(chunks=7)


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        pytest.param({"platform": None}, 1, id="no platform"),
        pytest.param({"socket": "x" * 200}, 2, id="socket path too long"),
        pytest.param({"authority": "nowhere.crt"}, 3, id="authority missing"),
        pytest.param({"authority": "enclave.yaml"}, 3, id="authority not a certificate"),
        pytest.param({"debug": "maybe"}, 4, id="debug not a flag"),
        pytest.param({"limits": "{chunks: 0}"}, 4, id="limit of zero"),
        pytest.param({"limits": "{chunk: 1}"}, 4, id="unknown limit"),
        pytest.param({"limits": "{chunks: many}"}, 4, id="limit not a number"),
        pytest.param({"policy": "none"}, 4, id="unknown setting"),
    ],
)
def test_unusable_configuration_is_refused_with_its_line(
    tmp_path: Path, federation: Federation, changes: dict[str, str | None], line: int
) -> None:
    with pytest.raises(InvalidInput) as caught:
        load(tmp_path, federation, **changes)
    assert f"enclave.yaml:{line}:" in caught.value.where


def test_identity_follows_what_is_measured(tmp_path: Path, federation: Federation) -> None:
    plain = identify(load(tmp_path, federation))
    elsewhere = identify(
        load(tmp_path, federation, socket="other.sock", platform="other", debug="true")
    )
    narrower = identify(load(tmp_path, federation, limits="{chunks: 7}"))

    assert plain.security_version == SECURITY_VERSION
    assert plain.measurement == elsewhere.measurement
    assert plain.measurement != narrower.measurement
