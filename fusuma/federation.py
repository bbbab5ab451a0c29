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

import json
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from enclave_sim.config import load_config as load_enclave_config
from enclave_sim.launch import identify
from fusuma.federation_files import (
    ENCLAVE,
    IDENTITIES,
    MATCHER,
    FederationPlan,
    boundary_log,
    write_agency,
    write_enclave,
    write_grants,
    write_matcher,
    write_requester,
)
from fusuma.pki import LOOPBACK_HOSTS, create_authority, issue_identity
from fusuma.processes import Process, start, undisturbed, unwound_by_signals
from matcher.core.errors import RunProblem
from matcher.core.identifiers import AgencyId

if TYPE_CHECKING:
    from matcher.core.canonical import JsonObject

_ADDRESS = re.compile(r"127\.0\.0\.1:\d+")


@dataclass(frozen=True, slots=True)
class Federation:
    """A running federation.

    Attributes:
        directory: everything it wrote.
        matcher_address: ``host:port``.
        identity: identity directory of the requester.
        configuration: the requester's configuration file.
        configurations: the configuration file of every requester.
        agencies: the providers.
        processes: the running parties by name.
    """

    directory: Path
    matcher_address: str
    identity: Path
    configuration: Path
    configurations: Mapping[AgencyId, Path]
    agencies: tuple[AgencyId, ...]
    processes: Mapping[str, Process]

    def boundary_logs(self) -> dict[str, JsonObject]:
        """Return what every party has counted at its boundary; complete once it has stopped.

        Raises:
            RunProblem: a party has written nothing; it did not end in good order.
        """
        logs = {}
        for name in self.processes:
            path = boundary_log(self.directory, name)
            try:
                logs[name] = json.loads(path.read_text(encoding="utf-8"))
            except FileNotFoundError:
                raise RunProblem("the party has not written its boundary log", where=name) from None
        return logs


@contextmanager
def running(directory: Path, plan: FederationPlan) -> Iterator[Federation]:
    """Start the federation of ``plan`` in ``directory`` and stop it at the end.

    Raises:
        RunProblem: a party did not start; shows the end of its log.
    """
    now = int(time.time())
    authority = create_authority(directory / IDENTITIES, now)
    issue_identity(authority, MATCHER, now, hosts=LOOPBACK_HOSTS)
    for agency in (*plan.requesters, *plan.agencies):
        issue_identity(authority, agency, now)
    write_grants(directory, plan)
    enclave = write_enclave(directory, now)
    reference = identify(load_enclave_config(enclave)).measurement.hex()
    with unwound_by_signals(), ExitStack() as stack:
        processes: dict[str, Process] = {}

        def launch(name: str, arguments: list[str]) -> Process:
            with undisturbed():
                process = start(name, arguments, directory / name / "log.txt")
                stack.callback(process.stop)
            processes[name] = process
            return process

        launch(ENCLAVE, ["enclave", "serve", "--config", str(enclave)]).wait_ready()
        ready = launch(
            MATCHER, ["matcher", "serve", "--config", str(write_matcher(directory, plan))]
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
                    str(write_agency(directory, plan, agency, address, reference)),
                ],
            )
            for agency in plan.agencies
        ]
        for agent in agents:
            agent.wait_ready()
        configurations = {
            requester: write_requester(directory, plan, requester, address, reference)
            for requester in plan.requesters
        }
        yield Federation(
            directory,
            address,
            directory / IDENTITIES / plan.requester,
            configurations[plan.requester],
            configurations,
            tuple(plan.agencies),
            processes,
        )
