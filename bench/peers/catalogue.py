"""The peers: what else decides the benchmark's question, and what of it is measured.

Decides nothing about how: environments are made by ``environments``, programs run by ``running``.

Rules:
 * A peer is a program of its own in an environment of its own; several may share one environment.
 * How many subjects a repetition has is chosen so that it takes a second or two.
 * What a peer does less or more than a run of fusuma stands in its note.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench.peers.question import Task, sets_task, values_task
from matcher.core.errors import InvalidConfiguration
from matcher.core.nearest import nearest

PROGRAMS: Final = Path(__file__).parent / "programs"


@dataclass(frozen=True, slots=True)
class Peer:
    """One peer.

    Attributes:
        name: as scenario files call it.
        title: for people.
        note: what is measured, in a sentence or two.
        environment: where its libraries are; its requirements stand in ``programs`` under this
            name.
        program: a module of ``programs``.
        subjects: decided in one repetition.
        task_of: makes the task from a number of subjects and a seed.
        options: what else its program is told.
    """

    name: str
    title: str
    note: str
    environment: str
    program: str
    subjects: int
    task_of: Callable[[int, int], Task]
    options: Mapping[str, str] = field(default_factory=dict)


_ALL: Final = (
    Peer(
        name="tenseal-tutorial",
        title="TenSEAL, one subject at a time, as its tutorials do",
        note="BFV with 4,096 coefficients as in the getting-started tutorial. Two agencies encrypt "
        "a miss bit each, a server adds and masks; every query carries its context, as in the "
        "encrypted-inference demo. No noise is flooded, nothing is signed or checked.",
        environment="tenseal",
        program="tenseal_decisions",
        subjects=24,
        task_of=values_task,
        options={"context": "with every query"},
    ),
    Peer(
        name="tenseal-kept-context",
        title="TenSEAL, one subject at a time, contexts kept",
        note="As the tutorials do, but every party restores its context once and keeps it.",
        environment="tenseal",
        program="tenseal_decisions",
        subjects=200,
        task_of=values_task,
        options={"context": "kept"},
    ),
    Peer(
        name="tenseal-attributes",
        title="TenSEAL, one subject at a time, one-hot attributes",
        note="BFV with 8,192 coefficients. Two agencies encrypt a one-hot vector each, a server "
        "selects by dot products, adds and masks. Contexts are kept.",
        environment="tenseal",
        program="tenseal_attributes",
        subjects=40,
        task_of=values_task,
    ),
    Peer(
        name="concrete",
        title="Concrete, the predicate compiled to TFHE",
        note="Both attributes are encrypted by one client under the secret key, and the server "
        "runs the compiled circuit, one subject at a time.",
        environment="concrete",
        program="concrete_predicate",
        subjects=20,
        task_of=values_task,
    ),
    Peer(
        name="openmined-psi",
        title="OpenMined PSI on two filtered sets",
        note="Each agency filters its people in the clear; the client learns who is in both sets, "
        "and both learn how large the other's is. A repetition is set-up message, request, "
        "response and intersection. Conjunctions of two agencies only.",
        environment="psi",
        program="psi_filtered_sets",
        subjects=20_000,
        task_of=sets_task,
    ),
)

PEERS: Final[Mapping[str, Peer]] = {peer.name: peer for peer in _ALL}
"""Every peer by name, in the order in which they are measured."""


def peer_named(name: str) -> Peer:
    """Return the peer called ``name``.

    Raises:
        InvalidConfiguration: there is none; names the nearest there is.
    """
    if name not in PEERS:
        raise InvalidConfiguration(f"there is no peer {name[:80]!r}", fix=nearest(name, PEERS))
    return PEERS[name]
