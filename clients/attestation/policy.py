"""Appraisal policies: which verified claims an agency accepts.

A policy is a verifier (who may vouch for a platform) and a rule over claims, put together from the
few rules on this page. It holds no run, no nonce and no clock: the same policy serves every run.

Rules:
 * A rule raises with its own reason or returns; it has no other answer.
 * An ``AllOf`` or ``AnyOf`` of nothing is an error: it would accept everything or nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Protocol

from clients.attestation.evidence import Claims, Verifier
from matcher.core.errors import EmptyConjunction, EvidenceRefused
from matcher.core.identifiers import Digest


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
