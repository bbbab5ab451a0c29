"""The words that an impact assessment is made of, in any language.

Rules:
 * A sentence is one template; languages differ in order, so sentences are never put together from
   words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from matcher.core.grants import BasisKind
from matcher.core.programme import Unit
from matcher.core.scheme import ColumnKind, Scheme


@dataclass(frozen=True, slots=True)
class AssessmentPhrases:
    """Headings, sentences and words; what stands in braces is filled in."""

    title: str
    made_from: str
    not_named: str
    incomplete: str

    purpose: str
    programme: str
    version: str
    affair: str
    procedure: str
    legal_basis: str
    validity: str
    unit: str
    decided_on: str
    none_stated: str
    until: str
    open_end: str
    units: Mapping[Unit, str]

    parties: str
    party: str
    part: str
    requester_part: str
    provider_part: str
    matcher: str
    matcher_part: str
    enclave: str
    enclave_part: str

    items: str
    item: str
    source: str
    absence: str
    assumed: str
    unknown: str
    against: str
    harmless: str
    open_with_reason: str

    legal: str
    row: str
    row_validity: str
    basis: str
    basis_procedure: str
    missing: str
    not_applicable: str
    kinds: Mapping[BasisKind, str]

    rule: str
    rule_source: str

    outcomes: str
    outcome: str
    amount: str
    no_amount: str

    learns: str

    safeguards: str
    encrypted: str
    encrypted_by_modulus: str
    classical: str
    quantum: str
    masked: str
    masked_exactly: str
    masked_in_part: str
    few_results: str
    controls: str
    sealed_to_enclave: str
    evidence: str
    rosters: str
    signatures: str
    own_checks: str
    connections: str

    retention: str
    run_data: str
    results: str
    run_key: str
    kept_by_matcher: str
    kept_by_providers: str
    kept_by_requester: str

    technique: str
    scheme: str
    columns: str
    parameters: str
    programme_digest: str
    plan_digest: str
    schemes: Mapping[Scheme, str]
    column_kinds: Mapping[ColumnKind, str]
