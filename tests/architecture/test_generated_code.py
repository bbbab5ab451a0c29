"""The committed protocol code is what the pinned generator makes of the ``.proto`` files."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.architecture.source_tree import ROOT

PROTO = ROOT / "proto"


def _generate(out: Path, names: list[str], *, services: bool) -> None:
    outs = [f"--python_out={out}", f"--mypy_out={out}"]
    if services:
        outs += [f"--grpc_python_out={out}", f"--mypy_grpc_out={out}"]
    # The typing plugins are programs beside this interpreter.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    subprocess.run(
        [sys.executable, "-m", "grpc_tools.protoc", f"-I{PROTO}", *outs, *names],
        check=True,
        env={**os.environ, "PATH": path},
        timeout=60,
    )


def test_generated_code_is_up_to_date(tmp_path: Path) -> None:
    definitions = {path: "\nservice " in path.read_text("utf-8") for path in PROTO.rglob("*.proto")}
    assert len(definitions) >= 4
    for services in (False, True):
        names = [str(path) for path, serves in definitions.items() if serves == services]
        _generate(tmp_path, names, services=services)
    fresh = {p.relative_to(tmp_path): p.read_bytes() for p in tmp_path.rglob("*.py*")}
    kept = {
        path.relative_to(PROTO): path.read_bytes()
        for path in PROTO.rglob("*_pb2*.py*")
        if path.suffix in (".py", ".pyi")
    }
    assert fresh.keys() == kept.keys()
    stale = [str(name) for name in fresh if fresh[name] != kept[name]]
    assert not stale, "run `make proto`"
