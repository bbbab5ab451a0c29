"""Exact lists of what each package stands on; who may import whom is in ``.importlinter``."""

from __future__ import annotations

import pytest

from tests.architecture.source_tree import PACKAGES, own, sources, standard

# Every library a package uses, no more and no less: a name that is not used any more has to go.
LIBRARIES: dict[str, set[str]] = {
    "matcher.core": {"numpy"},
    "matcher.process": {"typer"},
    "matcher.language": {
        "cel_expr_python",
        "eligibility.v1.cel_ast_pb2",
        "google.protobuf",
        "ruamel",
    },
    "matcher.identity": {"cryptography", "eligibility.v1.common_pb2", "google.protobuf"},
    "matcher.wire": {
        "eligibility.v1.common_pb2",
        "eligibility.v1.enclave_pb2",
        "google.protobuf",
        "google.rpc",
        "grpc",
        "numpy",
    },
    "matcher.schemes": {"cryptography", "gmpy2", "numpy", "pyarrow", "seal", "tenseal"},
    "matcher.service": {
        "eligibility.v1.common_pb2",
        "eligibility.v1.enclave_pb2",
        "eligibility.v1.enclave_pb2_grpc",
        "eligibility.v1.matcher_pb2",
        "eligibility.v1.matcher_pb2_grpc",
        "google.protobuf",
        "grpc",
        "grpc_health",
        "grpc_reflection",
        "typer",
    },
    "clients.transport": {
        "eligibility.v1.matcher_pb2",
        "eligibility.v1.matcher_pb2_grpc",
        "google.protobuf",
        "grpc",
    },
    "clients.schemes": {"gmpy2", "numpy", "phe", "seal", "tenseal"},
    "clients.attestation": {"cryptography"},
    "clients.tabular": {"numpy", "pyarrow"},
    "clients.review": {
        "eligibility.v1.matcher_pb2",
        "eligibility.v1.matcher_pb2_grpc",
        "grpc",
        "markdown_it",
        "numpy",
    },
    "clients.provider": {
        "eligibility.v1.common_pb2",
        "eligibility.v1.matcher_pb2",
        "eligibility.v1.matcher_pb2_grpc",
        "grpc",
        "numpy",
        "pyarrow",
        "rich",
        "typer",
    },
    "clients.requester": {
        "eligibility.v1.matcher_pb2",
        "eligibility.v1.matcher_pb2_grpc",
        "grpc",
        "numpy",
        "pyarrow",
        "rich",
        "typer",
    },
    "clients.designer": {"matplotlib", "numpy", "rich", "typer"},
    "enclave_sim": {
        "cryptography",
        "eligibility.v1.enclave_pb2",
        "eligibility.v1.enclave_pb2_grpc",
        "google.protobuf",
        "grpc",
        "numpy",
        "typer",
    },
    "fusuma": {"cryptography", "numpy", "pyarrow", "rich", "ruamel", "typer"},
    "programmes": {"numpy", "pyarrow"},
    "bench": {
        "concrete",
        "grpc",
        "jinja2",
        "markupsafe",
        "matplotlib",
        "numpy",
        "private_set_intersection",
        "psutil",
        "rich",
        "seal",
        "tenseal",
        "typer",
    },
}

# Values and rules need arithmetic and names; nothing here reaches a file, a clock or chance.
CORE_STANDARD_LIBRARY = {
    "__future__",
    "bisect",
    "collections",
    "dataclasses",
    "datetime",
    "difflib",
    "enum",
    "fractions",
    "functools",
    "hashlib",
    "itertools",
    "json",
    "math",
    "operator",
    "re",
    "typing",
}
CORE_FORBIDDEN_WORDS = {"open", "now", "today", "utcnow", "random", "default_rng", "input", "print"}


def _library(module: str) -> str:
    """Shorten ``module`` to what is installed under one name; generated code stays exact."""
    if module.startswith("eligibility."):
        return module
    parts = module.split(".")
    return ".".join(parts[:2]) if parts[0] == "google" else parts[0]


@pytest.mark.parametrize("package", LIBRARIES)
def test_a_package_uses_exactly_the_libraries_listed(package: str) -> None:
    used = {
        _library(module)
        for source in sources(package)
        for module in source.imports()
        if not own(module) and not standard(module) and module not in ("eligibility.v1", "google")
    }
    assert used == LIBRARIES[package]


def test_every_source_file_belongs_to_one_listed_package() -> None:
    for package in PACKAGES:
        for source in sources(package):
            owners = [p for p in LIBRARIES if f"{source.module}.".startswith(f"{p}.")]
            if source.module in ("matcher", "clients"):
                assert not source.imports(), f"{source.path} only marks a package"
            else:
                assert len(owners) == 1, f"{source.path} belongs to {owners or 'no listed package'}"


def test_core_uses_only_arithmetic_and_names_of_the_standard_library() -> None:
    used = {
        module.split(".")[0]
        for source in sources("matcher.core")
        for module in source.imports()
        if standard(module)
    }
    assert used == CORE_STANDARD_LIBRARY


def test_core_reads_no_file_no_clock_and_no_chance() -> None:
    for source in sources("matcher.core"):
        assert not source.words() & CORE_FORBIDDEN_WORDS, source.path


def test_the_scan_sees_imports_wherever_they_stand() -> None:
    found = {m for s in sources("fusuma") if s.module == "fusuma.command" for m in s.imports()}
    assert {"json", "fusuma.nouns", "rich.console", "collections.abc"} <= found
