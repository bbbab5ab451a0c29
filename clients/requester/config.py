"""The configuration file of a requesting agency.

Paths are relative to the file's own directory.

Example::

    identity: identities/city-benefits
    matcher: localhost:7443
    matcher_agency: matcher
    providers: {tax: [tomakomai-tax, akita-tax], welfare: welfare}
    grants: grants.yaml
    enclave: {platform_root: platform.crt, measurements: ["…"]}
    records: records
    boundary_log: boundary.json

Rules:
 * Only ``identity`` and ``matcher`` are required.
 * A role that is not under ``providers`` is answered by the agency of the same name.
 * Several agencies of one role answer in every run; the cohort says who is asked about whom.
 * The matcher's agency id is ``matcher`` unless said otherwise.
 * Without ``enclave`` no enclave is trusted: runs under that scheme are refused.
 * Without ``records`` nothing of a run is kept but its verdicts; the overseer may ask for more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from clients.attestation.policy import AppraisalPolicy
from clients.attestation.settings import policy_from_settings
from clients.requester.cohort_terms import CohortTerms
from matcher.core.errors import InvalidConfiguration
from matcher.core.grants import GrantTable
from matcher.core.identifiers import AgencyId, Role, agency_id
from matcher.core.programme import Programme
from matcher.identity.identity import Identity, load_identity
from matcher.language import load_grants
from matcher.language.document import Node, read_document
from matcher.language.fields import Section, agency
from matcher.language.settings import (
    agencies_by_role,
    matcher_address,
    optional_path_in,
    path_in,
)

_MATCHER = AgencyId("matcher")


@dataclass(frozen=True, slots=True)
class RequesterConfig:
    """Everything ``fusuma match`` needs to know about this agency and its partners.

    Attributes:
        identity: of the requesting agency.
        address: ``host:port`` of the matcher.
        matcher: the matcher's agency id; results count only if it has signed them.
        providers: agencies by role, ascending; other roles go by their own name.
        grants: the legal table, to refuse early; None leaves it to the matcher.
        enclave: what an enclave must show; None trusts none.
        records: directory for what opens a run's commitments; None keeps none.
        boundary_log: file for what crossed the boundary; None counts nothing.
        boundary_capture: directory for every message, for audits and tests; None keeps none.
    """

    identity: Identity
    address: str
    matcher: AgencyId
    providers: Mapping[Role, tuple[AgencyId, ...]] = field(default_factory=dict)
    grants: GrantTable | None = None
    enclave: AppraisalPolicy | None = None
    records: Path | None = None
    boundary_log: Path | None = None
    boundary_capture: Path | None = None

    def terms_of(self, programme: Programme) -> CohortTerms:
        """Return what a run of ``programme`` asks of a cohort, its agencies included.

        Raises:
            InvalidConfiguration: a role is not an agency's name and is not configured.
        """
        agencies = {role: self._agencies_of(role) for role in sorted(programme.items())}
        return CohortTerms.of(programme, agencies)

    def _agencies_of(self, role: Role) -> tuple[AgencyId, ...]:
        if role in self.providers:
            return self.providers[role]
        try:
            return (agency_id(role),)
        except InvalidConfiguration:
            raise InvalidConfiguration(
                f"no agency is named for the role {role!r}",
                fix="add it under `providers` in the configuration",
            ) from None


def load_config(path: Path) -> RequesterConfig:
    """Read the configuration at ``path`` and the files it names.

    Raises:
        InvalidFile: it is not readable YAML or breaks the schema; names line and column.
        InvalidConfiguration: a setting names something that is not there.
        InvalidCertificate: the identity's certificate names no agency.
        InvalidGrantTable: the legal table is not usable.
    """
    root = path.resolve().parent
    section = Section(
        read_document(path),
        "the configuration of a requester",
        required=("identity", "matcher"),
        optional=(
            "matcher_agency",
            "providers",
            "grants",
            "enclave",
            "records",
            "boundary_log",
            "boundary_capture",
        ),
    )
    identity = load_identity(path_in(root, section["identity"], "the identity"))
    return RequesterConfig(
        identity=identity,
        address=matcher_address(section["matcher"]),
        matcher=_matcher(section.get("matcher_agency")),
        providers=agencies_by_role(section.get("providers")),
        grants=_grants(section.get("grants"), root),
        enclave=_enclave(section.get("enclave"), root, identity),
        records=optional_path_in(root, section.get("records"), "the directory of records"),
        boundary_log=optional_path_in(root, section.get("boundary_log"), "the boundary log"),
        boundary_capture=optional_path_in(
            root, section.get("boundary_capture"), "the capture directory"
        ),
    )


def _matcher(node: Node | None) -> AgencyId:
    return _MATCHER if node is None else agency(node, "the matcher's agency")


def _grants(node: Node | None, root: Path) -> GrantTable | None:
    return None if node is None else load_grants(path_in(root, node, "the grant table"))


def _enclave(node: Node | None, root: Path, identity: Identity) -> AppraisalPolicy | None:
    if node is None:
        return None
    # An enclave that believes another authority would take another agency's word for ours.
    return policy_from_settings(node, root, authority=identity.authority.digest)
