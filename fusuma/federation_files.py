"""Who takes part in a loopback federation, and the files each party is started with.

Rules:
 * A configuration file is what a person would write by hand; no party has a setting of its own for
   being part of a demonstration.
 * Everything is written below one directory; a party's own files are in a folder of its name.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ruamel.yaml import YAML

from enclave_sim.platform import ROOT_CERTIFICATE, create_platform
from fusuma.pki import AUTHORITY_CERTIFICATE, AUTHORITY_DIRECTORY
from matcher.core.identifiers import AgencyId, Role
from matcher.core.scheme import HOMOMORPHIC_SCHEMES, Scheme

MATCHER = AgencyId("matcher")
ENCLAVE = "enclave"
IDENTITIES = "identities"
GRANTS = "grants.yaml"


@dataclass(frozen=True, slots=True)
class HeldTable:
    """One file of an agency and what its columns mean.

    Attributes:
        file: CSV or Parquet.
        catalogue: the catalogue file that types the columns.
        identifier: name of the column with the opaque identifiers.
        columns: attribute name to column name.
    """

    file: Path
    catalogue: Path
    identifier: str
    columns: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FederationPlan:
    """Who takes part.

    Attributes:
        requester: the agency whose identity the caller acts under.
        agencies: the providers and their tables.
        grants: legal tables; matcher and agencies go by all their rows.
        providers: the agencies of a role, where they are not one of the role's own name.
        other_requesters: who else asks, each with the agencies of its roles.
        schemes: under which runs are possible; the matcher offers them and every agency answers.
        matcher_workers: evaluation processes.
        agency_workers: encryption processes of every agency.
        runs_per_day: how many runs every agency answers in a day.
        extra: further settings of a party's configuration file, for tests.
    """

    requester: AgencyId
    agencies: Mapping[AgencyId, Sequence[HeldTable]]
    grants: Sequence[Path]
    providers: Mapping[Role, Sequence[AgencyId]] = field(default_factory=dict)
    other_requesters: Mapping[AgencyId, Mapping[Role, Sequence[AgencyId]]] = field(
        default_factory=dict
    )
    schemes: Sequence[Scheme] = (Scheme.BGV, Scheme.ENCLAVE)
    matcher_workers: int = 2
    agency_workers: int = 1
    runs_per_day: int = 1000
    extra: Mapping[str, Mapping[str, object]] | None = None

    @property
    def homomorphic(self) -> tuple[Scheme, ...]:
        """The homomorphic schemes among ``schemes``."""
        return tuple(scheme for scheme in self.schemes if scheme in HOMOMORPHIC_SCHEMES)

    @property
    def requesters(self) -> Mapping[AgencyId, Mapping[Role, Sequence[AgencyId]]]:
        """Everybody who asks, with the agencies of their roles."""
        return {self.requester: self.providers, **self.other_requesters}


def boundary_log(directory: Path, party: str) -> Path:
    """Return where ``party`` writes what crossed its boundary."""
    return directory / party / "boundary.json"


def write_grants(directory: Path, plan: FederationPlan) -> None:
    """Write the legal table of all parties."""
    yaml = YAML(typ="safe")
    rows = [row for path in plan.grants for row in yaml.load(path)["grants"]]
    yaml.dump({"grants": rows}, directory / GRANTS)


def write_enclave(directory: Path, now: int) -> Path:
    """Make a platform as of ``now``, Unix seconds, and write the enclave's configuration."""
    create_platform(directory / "platform", dt.datetime.fromtimestamp(now, dt.UTC))
    return _write(
        directory,
        ENCLAVE,
        {
            "platform": str(directory / "platform"),
            "socket": str(directory / ENCLAVE / "enclave.sock"),
            "authority": str(directory / IDENTITIES / AUTHORITY_DIRECTORY / AUTHORITY_CERTIFICATE),
        },
    )


def write_matcher(directory: Path, plan: FederationPlan) -> Path:
    """Write the matcher's configuration; it takes any free port."""
    return _write(
        directory,
        MATCHER,
        {
            "listen": "127.0.0.1:0",
            "identity": str(directory / IDENTITIES / MATCHER),
            "data": str(directory / MATCHER / "data"),
            "grants": [str(directory / GRANTS)],
            "workers": plan.matcher_workers,
            "schemes": [scheme.value for scheme in plan.homomorphic],
            "enclave": {"socket": str(directory / ENCLAVE / "enclave.sock")},
            **(plan.extra or {}).get(MATCHER, {}),
        },
    )


def write_agency(
    directory: Path, plan: FederationPlan, agency: AgencyId, address: str, reference: str
) -> Path:
    """Write the configuration of a provider.

    Args:
        directory: of the federation.
        plan: who takes part.
        agency: one of the providers.
        address: of the matcher.
        reference: the enclave's measurement, hexadecimal.
    """
    return _write(
        directory,
        agency,
        {
            "identity": str(directory / IDENTITIES / agency),
            "matcher": address,
            "tables": [
                {
                    "file": str(table.file),
                    "catalogue": str(table.catalogue),
                    "identifier": table.identifier,
                    "columns": dict(table.columns),
                }
                for table in plan.agencies[agency]
            ],
            "policy": {
                "grants": str(directory / GRANTS),
                "approve": "any granted",
                "schemes": [scheme.value for scheme in plan.schemes],
                "runs_per_day": plan.runs_per_day,
            },
            "enclave": _enclave_policy(directory, reference),
            "workers": plan.agency_workers,
            **(plan.extra or {}).get(agency, {}),
        },
    )


def write_requester(
    directory: Path, plan: FederationPlan, requester: AgencyId, address: str, reference: str
) -> Path:
    """Write the configuration of a requester; arguments as for ``write_agency``."""
    named = plan.requesters[requester]
    providers = {str(role): [str(one) for one in agencies] for role, agencies in named.items()}
    return _write(
        directory,
        requester,
        {
            "identity": str(directory / IDENTITIES / requester),
            "matcher": address,
            "matcher_agency": MATCHER,
            **({"providers": providers} if providers else {}),
            "grants": str(directory / GRANTS),
            "enclave": _enclave_policy(directory, reference),
            **(plan.extra or {}).get(requester, {}),
        },
    )


def _enclave_policy(directory: Path, reference: str) -> dict[str, object]:
    return {
        "platform_root": str(directory / "platform" / ROOT_CERTIFICATE),
        "measurements": [reference],
    }


def _write(directory: Path, party: str, settings: Mapping[str, object]) -> Path:
    place = directory / party
    place.mkdir(parents=True, exist_ok=True)
    path = place / "config.yaml"
    with path.open("w", encoding="utf-8") as file:
        YAML(typ="safe").dump(
            {**settings, "boundary_log": str(boundary_log(directory, party))}, file
        )
    return path
