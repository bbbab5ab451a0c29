"""The wheel holds what an installation needs, and starts without this checkout."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from fusuma import __version__
from tests.architecture.source_tree import PACKAGES, ROOT


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    built = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(built)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=120,
    )
    (wheel,) = built.glob(f"fusuma-{__version__}-py3-none-any.whl")
    site = built / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    return site


def test_the_wheel_holds_the_packages_and_nothing_of_the_workshop(unpacked: Path) -> None:
    top = {path.name for path in unpacked.iterdir()}
    assert top == {*PACKAGES, "eligibility", f"fusuma-{__version__}.dist-info"}


def test_the_wheel_holds_every_file_of_the_packages(unpacked: Path) -> None:
    kept = {
        path.relative_to(base).as_posix()
        for base, name in [*((ROOT, name) for name in PACKAGES), (ROOT / "proto", "eligibility")]
        for path in (base / name).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {"eligibility/v1/matcher_pb2_grpc.py", "fusuma/py.typed"} <= kept
    assert not {name for name in kept if not (unpacked / name).is_file()}


def test_the_installed_command_starts(unpacked: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "fusuma", "--version"],
        cwd=unpacked,
        env={"PYTHONPATH": str(unpacked)},
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout == f"fusuma {__version__}\n"


def test_generated_code_is_importable_by_its_own_name(unpacked: Path) -> None:
    program = "from eligibility.v1 import matcher_pb2; print(matcher_pb2.__file__)"
    done = subprocess.run(
        [sys.executable, "-P", "-c", program],
        cwd=unpacked,
        env={"PYTHONPATH": str(unpacked)},
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert Path(done.stdout.strip()).is_relative_to(unpacked)
