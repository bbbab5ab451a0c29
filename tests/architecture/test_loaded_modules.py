"""What a process has in memory when it starts: asked of real processes."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.architecture.source_tree import ROOT

# Modules that worker processes import by name.
WORKERS = ("matcher.service.evaluation", "clients.provider.encryption_worker")


def _loaded(program: str) -> set[str]:
    """Run ``program`` in a fresh interpreter; return the names of all modules it loaded."""
    report = "\nimport json, sys\nprint(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", program + report],
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'proto'}"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return set(json.loads(done.stderr.splitlines()[-1]))


def _roots(modules: set[str]) -> set[str]:
    return {module.split(".")[0] for module in modules}


def _command(*words: str) -> str:
    return f"from fusuma.command import run\nassert run({list(words)!r}) == 0"


@pytest.mark.parametrize("module", WORKERS)
def test_a_worker_process_never_loads_grpc(module: str) -> None:
    loaded = _loaded(f"import {module}")
    assert module in loaded
    assert "grpc" not in _roots(loaded)


def test_the_matcher_never_loads_the_clients_nor_the_enclave() -> None:
    loaded = _loaded(_command("matcher", "serve", "--help"))
    assert "matcher.service.command" in loaded
    assert not _roots(loaded) & {"clients", "enclave_sim", "bench"}


def test_an_agency_never_loads_the_matchers_service() -> None:
    loaded = _loaded(_command("agency", "serve", "--help"))
    assert "clients.provider.command" in loaded
    assert not [
        module for module in loaded if module.startswith(("matcher.service", "enclave_sim"))
    ]


def test_help_lists_the_nouns_without_loading_any() -> None:
    loaded = _loaded(_command("--help"))
    assert "fusuma.nouns" in loaded
    assert not _roots(loaded) & {"clients", "enclave_sim", "bench", "grpc", "numpy", "seal"}


def test_the_benchmarks_help_draws_nothing() -> None:
    loaded = _loaded(_command("bench", "--help"))
    assert "bench.report.page" in loaded
    assert not _roots(loaded) & {"jinja2", "matplotlib"}


def test_results_are_compared_without_a_library_that_encrypts() -> None:
    loaded = _loaded(_command("bench", "compare", "--help"))
    assert "bench.compare" in loaded
    assert not _roots(loaded) & {"jinja2", "matplotlib", "seal", "tenseal", "phe", "grpc"}


def test_a_worker_that_imports_the_command_again_loads_almost_nothing() -> None:
    assert not _roots(_loaded("import fusuma.command")) & {"typer", "rich", "grpc", "numpy"}
