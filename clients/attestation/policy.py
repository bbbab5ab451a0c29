"""Appraisal policies: which verified claims an agency accepts.

A policy is a verifier (who may vouch for a platform) and a rule over claims, put together from the
few rules on this page. It holds no run, no nonce and no clock: the same policy serves every run.

Rules:
 * A rule raises with its own reason or returns; it has no other answer.
 * An ``AllOf`` or ``AnyOf`` of nothing is an error: it would accept everything or nothing.
 * A policy read from a file always refuses debug and always names measurements and a smallest
   security version; there is no setting that leaves one of them out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cryptography import x509

from clients.attestation.evidence import Claims, SimulatedVerifier, Verifier
from matcher.core.errors import EmptyConjunction, EvidenceRefused, InvalidConfiguration
from matcher.core.identifiers import Digest
from matcher.wire.evidence import MEASUREMENT_BYTES

_SETTINGS = frozenset({"platform_root", "measurements", "minimum_security_version", "hardware"})


class Rule(Protocol):
    """One condition on verified claims."""

    def check(self, claims: Claims) -> None:
        """Return if ``claims`` satisfy the rule.

        Raises:
            EvidenceRefused: they do not; says why.
        """
        ...


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every rule holds; the first that fails gives the reason."""

    rules: tuple[Rule, ...]

    def __post_init__(self) -> None:
        if not self.rules:
            raise EmptyConjunction("a policy of no rule would accept any evidence")

    def check(self, claims: Claims) -> None:
        """Check every rule in order."""
        for rule in self.rules:
            rule.check(claims)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one rule holds; all reasons are given if none does."""

    rules: tuple[Rule, ...]

    def __post_init__(self) -> None:
        if not self.rules:
            raise EmptyConjunction("a choice of no rule would refuse all evidence")

    def check(self, claims: Claims) -> None:
        """Check rules in order until one holds."""
        reasons = []
        for rule in self.rules:
            try:
                rule.check(claims)
            except EvidenceRefused as error:
                reasons.append(error.what)
            else:
                return
        raise EvidenceRefused("; ".join(reasons))


@dataclass(frozen=True, slots=True)
class HardwareRequired:
    """The platform protects memory by hardware."""

    def check(self, claims: Claims) -> None:
        """Refuse simulations."""
        if not claims.hardware:
            raise EvidenceRefused(
                f"{claims.platform} is a simulation and this policy requires hardware"
            )


@dataclass(frozen=True, slots=True)
class DebugRefused:
    """The operator cannot read the program's memory by a debugging interface."""

    def check(self, claims: Claims) -> None:
        """Refuse programs launched for debugging."""
        if claims.debug:
            raise EvidenceRefused("the enclave runs in debug mode: its operator can read it")


@dataclass(frozen=True, slots=True)
class SecurityVersionAtLeast:
    """The program's security version is not older than ``version``."""

    version: int

    def check(self, claims: Claims) -> None:
        """Refuse older programs."""
        if claims.security_version < self.version:
            raise EvidenceRefused(
                f"the enclave has security version {claims.security_version}, "
                f"older than {self.version}"
            )


@dataclass(frozen=True, slots=True)
class MeasurementIn:
    """The measurement is one of the reference values."""

    measurements: frozenset[bytes]

    def __post_init__(self) -> None:
        if not self.measurements:
            raise EmptyConjunction("a policy of no measurement would refuse all evidence")

    def check(self, claims: Claims) -> None:
        """Refuse any other program, configuration or trust anchor."""
        if claims.measurement not in self.measurements:
            raise EvidenceRefused(
                "the enclave's measurement is not among the accepted ones",
                where=claims.measurement.hex(),
                fix="compare with `fusuma enclave measure` on a configuration you have reviewed",
            )


@dataclass(frozen=True, slots=True)
class TrustsAuthority:
    """The enclave accepts cards of one authority alone, given by its certificate's SHA-256."""

    authority: Digest

    def check(self, claims: Claims) -> None:
        """Refuse an enclave that would accept another authority's agencies as requester."""
        try:
            terms = json.loads(claims.policy)
        except ValueError:
            raise EvidenceRefused("the enclave's evaluation policy cannot be read") from None
        if not isinstance(terms, dict) or terms.get("authority") != self.authority.hex():
            raise EvidenceRefused("the enclave trusts another certificate authority than ours")


@dataclass(frozen=True, slots=True)
class AppraisalPolicy:
    """Who may vouch for an enclave, and what must be true of it."""

    verifier: Verifier
    rule: Rule


def policy_from_settings(
    settings: Mapping[str, object], directory: Path, *, authority: Digest | None = None
) -> AppraisalPolicy:
    """Return the policy that the ``enclave`` section of a configuration file describes.

    Args:
        settings: ``platform_root`` (a PEM file), ``measurements`` (hexadecimal), and optionally
            ``minimum_security_version`` (1 where absent) and ``hardware`` (false where absent).
        directory: what a relative ``platform_root`` is relative to.
        authority: SHA-256 of the DER certificate of the authority the enclave must trust alone.

    Raises:
        InvalidConfiguration: a setting is unknown, missing or of the wrong kind.
    """
    unknown = sorted(set(settings) - _SETTINGS)
    if unknown:
        raise InvalidConfiguration(
            f"{unknown[0]!r} is not a setting",
            where="enclave",
            fix=f"use {', '.join(sorted(_SETTINGS))}",
        )
    rules: list[Rule] = [HardwareRequired()] if _flag(settings, "hardware") else []
    rules += [
        DebugRefused(),
        SecurityVersionAtLeast(_version(settings)),
        MeasurementIn(_measurements(settings)),
    ]
    if authority is not None:
        rules.append(TrustsAuthority(authority))
    return AppraisalPolicy(SimulatedVerifier(_root(settings, directory)), AllOf(tuple(rules)))


def _root(settings: Mapping[str, object], directory: Path) -> x509.Certificate:
    name = settings.get("platform_root")
    if not isinstance(name, str):
        raise InvalidConfiguration(
            "the platform root is missing",
            where="enclave.platform_root",
            fix="name the vendor's root certificate, a PEM file",
        )
    try:
        return x509.load_pem_x509_certificate((directory / name).read_bytes())
    except (OSError, ValueError):
        raise InvalidConfiguration(
            "no certificate can be read there",
            where=f"enclave.platform_root: {directory / name}",
            fix="name a PEM file",
        ) from None


def _measurements(settings: Mapping[str, object]) -> frozenset[bytes]:
    listed = settings.get("measurements")
    if not isinstance(listed, list) or not listed:
        raise InvalidConfiguration(
            "no measurement is listed",
            where="enclave.measurements",
            fix="list at least one that `fusuma enclave measure` printed",
        )
    return frozenset(_measurement(entry) for entry in listed)


def _measurement(entry: object) -> bytes:
    try:
        value = bytes.fromhex(str(entry))
    except ValueError:
        value = b""
    if not isinstance(entry, str) or len(value) != MEASUREMENT_BYTES:
        raise InvalidConfiguration(
            f"a measurement is {2 * MEASUREMENT_BYTES} hexadecimal characters",
            where="enclave.measurements",
            fix="put it in quotes as `fusuma enclave measure` printed it",
        )
    return value


def _version(settings: Mapping[str, object]) -> int:
    version = settings.get("minimum_security_version", 1)
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise InvalidConfiguration(
            "the smallest accepted security version is a whole number from 1",
            where="enclave.minimum_security_version",
        )
    return version


def _flag(settings: Mapping[str, object], name: str) -> bool:
    value = settings.get(name, False)
    if not isinstance(value, bool):
        raise InvalidConfiguration("this is true or false", where=f"enclave.{name}")
    return value
