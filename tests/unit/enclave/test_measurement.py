from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from enclave_sim.measurement import measure, measured_files
from matcher.core.binding import sha256

ROOT = Path(__file__).resolve().parents[3]
FILES = {"a/one.py": sha256(b"1"), "b/two.py": sha256(b"2")}

LOADED = """
import json, sys
import enclave_sim.program.enclave
roots = ("matcher", "enclave_sim", "eligibility", "clients", "fusuma", "bench", "programmes")
files = [
    (name, module.__file__)
    for name, module in sys.modules.items()
    if name.partition(".")[0] in roots and getattr(module, "__file__", None)
]
print(json.dumps({"files": files, "grpc": "grpc" in sys.modules}))
"""


def test_measurement_is_48_bytes_and_the_same_every_time() -> None:
    first = measure(measured_files(), sha256(b"policy"), sha256(b"authority"))

    assert len(first) == 48
    assert first == measure(measured_files(), sha256(b"policy"), sha256(b"authority"))


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param(
            ({**FILES, "a/one.py": sha256(b"x")}, sha256(b"p"), sha256(b"a")), id="a file's content"
        ),
        pytest.param(
            ({**FILES, "c/three.py": sha256(b"3")}, sha256(b"p"), sha256(b"a")), id="one more file"
        ),
        pytest.param(({"a/one.py": sha256(b"1")}, sha256(b"p"), sha256(b"a")), id="one file fewer"),
        pytest.param(
            ({"a/one.py": sha256(b"2"), "b/two.py": sha256(b"1")}, sha256(b"p"), sha256(b"a")),
            id="swapped",
        ),
        pytest.param((FILES, sha256(b"q"), sha256(b"a")), id="the policy"),
        pytest.param((FILES, sha256(b"p"), sha256(b"b")), id="the authority"),
    ],
)
def test_everything_measured_changes_the_measurement(
    changed: tuple[dict[str, object], bytes, bytes],
) -> None:
    assert measure(*changed) != measure(FILES, sha256(b"p"), sha256(b"a"))  # type: ignore[arg-type]


def test_order_of_files_does_not_matter() -> None:
    assert measure(dict(reversed(FILES.items())), sha256(b"p"), sha256(b"a")) == measure(
        FILES, sha256(b"p"), sha256(b"a")
    )


def test_measured_files_are_the_files_on_disk() -> None:
    files = measured_files()

    assert files["enclave_sim/program/policy.py"] == sha256(
        (ROOT / "enclave_sim/program/policy.py").read_bytes()
    )
    assert files["eligibility/v1/common_pb2.py"] == sha256(
        (ROOT / "proto/eligibility/v1/common_pb2.py").read_bytes()
    )


def test_host_and_platform_are_not_measured() -> None:
    files = measured_files()

    assert not [path for path in files if path.startswith("enclave_sim/host")]
    assert "enclave_sim/platform.py" not in files
    assert not [path for path in files if path.endswith("_grpc.py")]


def test_every_module_a_running_program_loads_is_measured() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", LOADED],
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'proto'}"},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = json.loads(ran.stdout)
    files = measured_files()

    assert not loaded["grpc"]
    assert len(loaded["files"]) > 10
    for _, file in loaded["files"]:
        path = Path(file)
        relative = (
            path.relative_to(ROOT / "proto")
            if path.is_relative_to(ROOT / "proto")
            else path.relative_to(ROOT)
        )
        assert str(relative) in files, f"{relative} runs in the enclave unmeasured"
