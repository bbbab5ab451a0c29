"""Reads an appraisal policy from the ``enclave`` section of an agency's configuration file.

Rules:
 * Such a policy always refuses debug, and always names measurements and a smallest security
   version; no setting leaves one of them out.
 * ``hardware: true`` refuses simulated enclaves whatever else they show.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from cryptography import x509

from clients.attestation.evidence import SimulatedVerifier
from clients.attestation.policy import (
    AllOf,
    AppraisalPolicy,
    DebugRefused,
    HardwareRequired,
    MeasurementIn,
    Rule,
    SecurityVersionAtLeast,
    TrustsAuthority,
)
from matcher.core.errors import InvalidConfiguration
from matcher.core.identifiers import Digest
from matcher.language.document import Node, Scalar
from matcher.language.fields import Section, integer, items
from matcher.language.settings import flag, path_in
from matcher.wire.evidence import MEASUREMENT_BYTES

_MEASUREMENT: Final = re.compile(f"[0-9a-fA-F]{{{2 * MEASUREMENT_BYTES}}}")


def policy_from_settings(
    node: Node, directory: Path, *, authority: Digest | None = None
) -> AppraisalPolicy:
    """Return the policy that ``node`` describes.

    Args:
        node: a mapping of ``platform_root`` (a PEM file), ``measurements`` (hexadecimal), and
            optionally ``minimum_security_version`` (1 where absent) and ``hardware`` (false where
            absent).
        directory: what a relative ``platform_root`` is relative to.
        authority: SHA-256 of the DER certificate of the authority the enclave must trust alone.

    Raises:
        InvalidFile: a setting is unknown, missing or of the wrong kind; says where.
        InvalidConfiguration: a value cannot be used, or the root cannot be read.
    """
    section = Section(
        node,
        "the enclave policy",
        required=("platform_root", "measurements"),
        optional=("minimum_security_version", "hardware"),
    )
    rules: list[Rule] = []
    hardware = section.get("hardware")
    if hardware is not None and flag(hardware, "hardware"):
        rules.append(HardwareRequired())
    version = section.get("minimum_security_version")
    rules += [
        DebugRefused(),
        SecurityVersionAtLeast(1 if version is None else _version(version)),
        MeasurementIn(_measurements(section["measurements"])),
    ]
    if authority is not None:
        rules.append(TrustsAuthority(authority))
    root = _root(section["platform_root"], directory)
    return AppraisalPolicy(SimulatedVerifier(root), AllOf(tuple(rules)))


def _root(node: Node, directory: Path) -> x509.Certificate:
    path = path_in(directory, node, "the platform root")
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError):
        raise InvalidConfiguration(
            f"no certificate can be read from {path}",
            where=str(node.place),
            fix="name the platform vendor's root certificate, a PEM file",
        ) from None


def _measurements(node: Node) -> frozenset[bytes]:
    found = frozenset(_measurement(item) for item in items(node, "the list of measurements"))
    if not found:
        raise InvalidConfiguration(
            "no measurement is listed",
            where=str(node.place),
            fix="list at least one that `fusuma enclave measure` printed",
        )
    return found


def _measurement(node: Node) -> bytes:
    if not isinstance(node, Scalar) or not _MEASUREMENT.fullmatch(node.text):
        raise InvalidConfiguration(
            f"a measurement is {2 * MEASUREMENT_BYTES} hexadecimal characters",
            where=str(node.place),
            fix="copy it from `fusuma enclave measure`",
        )
    return bytes.fromhex(node.text)


def _version(node: Node) -> int:
    version = integer(node, "the smallest security version")
    if version < 1:
        raise InvalidConfiguration(
            "the smallest accepted security version is 1 or more", where=str(node.place)
        )
    return version
