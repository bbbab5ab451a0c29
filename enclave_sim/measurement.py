"""Measures what runs inside the simulated enclave: program, configuration and trust anchor.

A measurement is what an agency's appraisal policy accepts or refuses, so anybody with the same
release, the same evaluation policy and the same authority computes the same 48 bytes. This module
decides which files are the program; it does not decide which measurement is good.

Rules:
 * Every source file of this project that the program loads is measured; a test compares the list
   with the modules a running program has really loaded.
 * The host, the platform and the commands are outside: they are the untrusted part, and a change
   to them leaves the measurement as it is.
 * Python itself and third-party libraries are not measured. A hardware enclave measures its whole
   image; this simulation stands for the protocol around it (docs/enclave.md).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from importlib import resources
from importlib.resources.abc import Traversable

from matcher.core.binding import Domain, bound, number, sha256, text
from matcher.core.identifiers import Digest

_PACKAGES = (
    "enclave_sim/program",
    "matcher/core",
    "matcher/identity",
    "matcher/language",
    "matcher/wire",
)
# Executed when the packages above are imported.
_PARENTS = ("enclave_sim/__init__.py", "matcher/__init__.py")
_MESSAGES = "eligibility/v1"
_MESSAGE_SUFFIX = "_pb2.py"


def measured_files() -> Mapping[str, Digest]:
    """Return the SHA-256 of every measured source file by its path, ``/`` between the parts."""
    files = {path: sha256(_find(path).read_bytes()) for path in _PARENTS}
    for package in _PACKAGES:
        files.update(_sources(package, ".py"))
    files.update(_sources(_MESSAGES, _MESSAGE_SUFFIX))
    return files


def measure(files: Mapping[str, Digest], policy: Digest, authority: Digest) -> bytes:
    """Return the 48-byte measurement.

    SHA-384 over the number of files, (path, SHA-256) of each in ascending order of path, the
    digest of the evaluation policy and the digest of the authority's certificate.
    """
    listed = [text(path) + files[path] for path in sorted(files)]
    fields = (number(len(listed)), *listed, policy, authority)
    return hashlib.sha384(bound(Domain.ENCLAVE_MEASUREMENT, *fields)).digest()


def _sources(package: str, suffix: str) -> Iterator[tuple[str, Digest]]:
    yield from _walk(package, _find(package), suffix)


def _walk(path: str, directory: Traversable, suffix: str) -> Iterator[tuple[str, Digest]]:
    for entry in directory.iterdir():
        below = f"{path}/{entry.name}"
        if entry.is_dir():
            yield from _walk(below, entry, suffix)
        elif entry.name.endswith(suffix):
            yield below, sha256(entry.read_bytes())


def _find(path: str) -> Traversable:
    package, _, rest = path.partition("/")
    return resources.files(package).joinpath(rest)
