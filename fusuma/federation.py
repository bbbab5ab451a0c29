"""A whole federation on loopback: certificate authority, matcher, agencies and an enclave.

Every party is a process of its own with its own identity, configuration file and log, exactly as
it would be started by hand; only the certificate authority is thrown away afterwards. The demo,
the benchmarks and the integration tests stand on this.

Rules:
 * Traffic goes to 127.0.0.1 and one Unix socket.
 * Everything lives in one directory, which the caller owns.
 * What was started is stopped, in reverse order, however the caller leaves: by Ctrl-C, SIGTERM and
   a closed terminal, too.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ruamel.yaml import YAML

from enclave_sim.config import load_config as load_enclave_config
from enclave_sim.launch import identify
from enclave_sim.platform import ROOT_CERTIFICATE, create_platform
from fusuma.pki import (
    AUTHORITY_CERTIFICATE,
    AUTHORITY_DIRECTORY,
    LOOPBACK_HOSTS,
    create_authority,
    issue_identity,
)
from fusuma.processes import Process, start, unwound_by_signals
from matcher.core.errors import RunProblem
from matcher.core.identifiers import AgencyId

if TYPE_CHECKING:
    from matcher.core.canonical import JsonObject

MATCHER = AgencyId("matcher")
ENCLAVE = "enclave"
IDENTITIES = "identities"
GRANTS = "grants.yaml"
_ADDRESS = re.compile(r"127\.0\.0\.1:\d+")


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
        matcher_workers: evaluation processes.
        agency_workers: encryption processes of every agency.
        extra: further settings of a party's configuration file, for tests.
    """

    requester: AgencyId
    agencies: Mapping[AgencyId, Sequence[HeldTable]]
    grants: Sequence[Path]
    matcher_workers: int = 2
    agency_workers: int = 1
    extra: Mapping[str, Mapping[str, object]] | None = None


@dataclass(frozen=True, slots=True)
class Federation:
    """A running federation.

    Attributes:
        directory: everything it wrote.
        matcher_address: ``host:port``.
        identity: identity directory of the requester.
        configuration: the requester's configuration file.
        agencies: the providers.
        processes: the running parties by name.
    """

    directory: Path
    matcher_address: str
    identity: Path
    configuration: Path
    agencies: tuple[AgencyId, ...]
    processes: Mapping[str, Process]

    def boundary_logs(self) -> dict[str, JsonObject]:
        """Return what every party has counted at its boundary; complete once it has stopped."""
        return {
            name: json.loads(path.read_text())
            for name in self.processes
            if (path := boundary_log(self.directory, name)).exists()
        }


def boundary_log(directory: Path, party: str) -> Path:
    """Return where ``party`` writes what crossed its boundary."""
    return directory / party / "boundary.json"


@contextmanager
def running(directory: Path, plan: FederationPlan) -> Iterator[Federation]:
    """Start the federation of ``plan`` in ``directory`` and stop it at the end.

    Raises:
        RunProblem: a party did not start; shows the end of its log.
    """
    now = int(time.time())
    authority = create_authority(directory / IDENTITIES, now)
    issue_identity(authority, MATCHER, now, hosts=LOOPBACK_HOSTS)
    for agency in (plan.requester, *plan.agencies):
        issue_identity(authority, agency, now)
    _write_grants(directory, plan)
    enclave = _write_enclave(directory, now)
    reference = identify(load_enclave_config(enclave)).measurement.hex()
    with unwound_by_signals(), ExitStack() as stack:
        processes: dict[str, Process] = {}

        def launch(name: str, arguments: list[str]) -> Process:
            process = start(name, arguments, directory / name / "log.txt")
            stack.callback(process.stop)
            processes[name] = process
            return process

        launch(ENCLAVE, ["enclave", "serve", "--config", str(enclave)]).wait_ready()
        ready = launch(
            MATCHER, ["matcher", "serve", "--config", str(_write_matcher(directory, plan))]
        ).wait_ready()
        found = _ADDRESS.search(ready)
        if found is None:
            raise RunProblem("the matcher did not say where it listens")
        address = found.group()
        agents = [
            launch(
                agency,
                [
                    "agency",
                    "serve",
                    "--config",
                    str(_write_agency(directory, plan, agency, address, reference)),
                ],
            )
            for agency in plan.agencies
        ]
        for agent in agents:
            agent.wait_ready()
        yield Federation(
            directory,
            address,
            directory / IDENTITIES / plan.requester,
            _write_requester(directory, plan, address, reference),
            tuple(plan.agencies),
            processes,
        )


def _write_grants(directory: Path, plan: FederationPlan) -> None:
    yaml = YAML(typ="safe")
    rows = [row for path in plan.grants for row in yaml.load(path)["grants"]]
    yaml.dump({"grants": rows}, directory / GRANTS)


def _write_enclave(directory: Path, now: int) -> Path:
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


def _write_matcher(directory: Path, plan: FederationPlan) -> Path:
    return _write(
        directory,
        MATCHER,
        {
            "listen": "127.0.0.1:0",
            "identity": str(directory / IDENTITIES / MATCHER),
            "data": str(directory / MATCHER / "data"),
            "grants": [str(directory / GRANTS)],
            "workers": plan.matcher_workers,
            "enclave": {"socket": str(directory / ENCLAVE / "enclave.sock")},
            **(plan.extra or {}).get(MATCHER, {}),
        },
    )


def _write_agency(
    directory: Path, plan: FederationPlan, agency: AgencyId, address: str, reference: str
) -> Path:
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
            "policy": {"grants": str(directory / GRANTS), "approve": "any granted"},
            "enclave": _enclave_policy(directory, reference),
            "workers": plan.agency_workers,
            **(plan.extra or {}).get(agency, {}),
        },
    )


def _write_requester(directory: Path, plan: FederationPlan, address: str, reference: str) -> Path:
    return _write(
        directory,
        plan.requester,
        {
            "identity": str(directory / IDENTITIES / plan.requester),
            "matcher": address,
            "matcher_agency": MATCHER,
            "grants": str(directory / GRANTS),
            "enclave": _enclave_policy(directory, reference),
            **(plan.extra or {}).get(plan.requester, {}),
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
