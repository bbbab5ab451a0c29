"""Homomorphic secret keys live under ``clients/`` and nowhere else."""

from __future__ import annotations

import pytest

from tests.architecture.source_tree import PACKAGES, sources

# What SEAL and phe call the things that make or use a secret key.
KEY_SIDE = {
    "Decryptor",
    "KeyGenerator",
    "PaillierPrivateKey",
    "SecretKey",
    "generate_paillier_keypair",
    "raw_decrypt",
}


@pytest.mark.parametrize("package", [p for p in PACKAGES if p not in ("clients", "bench")])
def test_nothing_outside_the_clients_can_decrypt(package: str) -> None:
    for source in sources(package):
        assert not source.words() & KEY_SIDE, source.path


def test_the_scan_finds_the_key_side_where_it_is() -> None:
    found = {word for source in sources("clients.schemes") for word in source.words()}
    assert found >= KEY_SIDE


def test_no_part_imports_the_whole_of_the_library_by_star() -> None:
    for package in PACKAGES:
        for source in sources(package):
            assert "*" not in source.words() or "seal" not in source.imports(), source.path
