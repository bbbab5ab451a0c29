"""The parties of plaintext runs on loopback: a server and agencies, each a process of its own.

Rules:
 * Everybody has a certificate of the same kind as in a federation, from an authority that is thrown
   away afterwards.
 * What was started is stopped, however the caller leaves.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.plaintext.config import HeldBy, Party, write_party
from bench.question import CATALOGUE_FILE, REQUESTER, attribute_of
from bench.town import Town
from fusuma.agency_files import IDENTIFIER, column_name
from fusuma.federation_files import IDENTITIES, MATCHER
from fusuma.pki import LOOPBACK_HOSTS, create_authority, issue_identity
from fusuma.processes import Process, start, undisturbed, unwound_by_signals
from matcher.core.errors import RunProblem

PROGRAM: Final = "bench.plaintext"
_ADDRESS: Final = re.compile(r"127\.0\.0\.1:\d+")


@dataclass(frozen=True, slots=True)
class Parties:
    """Running parties.

    Attributes:
        identity: directory of the requester's identity.
        server: ``host:port``.
        processes: by name; the server has the name of a federation's matcher.
    """

    identity: Path
    server: str
    processes: Mapping[str, Process]


@contextmanager
def running_parties(directory: Path, town: Town) -> Iterator[Parties]:
    """Start a server and all agencies of ``town``, and stop them at the end.

    Args:
        directory: the caller's, empty.
        town: what the agencies hold.

    Raises:
        RunProblem: a party did not start; shows the end of its log.
    """
    now = int(time.time())
    files = town.write(directory)
    authority = create_authority(directory / IDENTITIES, now)
    issue_identity(authority, MATCHER, now, hosts=LOOPBACK_HOSTS)
    for agency in (REQUESTER, *files):
        issue_identity(authority, agency, now)
    with unwound_by_signals(), ExitStack() as stack:
        processes: dict[str, Process] = {}

        def launch(name: str, held: HeldBy | None) -> Process:
            config = directory / f"{name}.json"
            write_party(Party(str(directory / IDENTITIES / name), held), config)
            with undisturbed():
                process = start(name, [str(config)], directory / f"{name}.log", program=PROGRAM)
                stack.callback(process.stop)
            processes[name] = process
            return process

        found = _ADDRESS.search(launch(MATCHER, None).wait_ready())
        if found is None:
            raise RunProblem("the server did not say where it listens")
        agents = []
        for role, file in files.items():
            name = attribute_of(role)
            columns = {str(name): column_name(name)}
            held = HeldBy(found.group(), str(file), str(CATALOGUE_FILE), IDENTIFIER, columns)
            agents.append(launch(role, held))
        for agent in agents:
            agent.wait_ready()
        yield Parties(directory / IDENTITIES / REQUESTER, found.group(), processes)
