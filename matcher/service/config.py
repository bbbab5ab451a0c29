"""The matcher's configuration file.

Paths are relative to the file's own directory. Every limit has a default that suits a city.

Example::

    listen: 127.0.0.1:7443
    identity: identities/matcher
    data: data/matcher
    grants: [grants.yaml]
    workers: 2
    schemes: [bgv, bfv]
    enclave: {socket: enclave.sock}
    programmes: published only

Rules:
 * Unknown keys are refused, with the nearest known one.
 * Nothing is created or opened here; ``server`` does that.
 * Of the homomorphic schemes BGV is offered, or those that are listed; the enclave is offered where
   there is one. A scheme whose library is not installed is refused here, before anybody asks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from matcher.core.errors import InvalidConfiguration
from matcher.core.retention import FETCHED_OUTPUT_SECONDS, LONGEST_RUN_SECONDS
from matcher.core.scheme import HOMOMORPHIC_SCHEMES, Scheme
from matcher.language.document import Node, read_document
from matcher.language.fields import Section, items, located, text
from matcher.language.settings import choices, optional_path_in, path_in, within
from matcher.schemes.installed import check_installed

_LISTEN = re.compile(r"(?P<host>\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):(?P<port>[0-9]{1,5})")
_MOST_WORKERS = 256


@dataclass(frozen=True, slots=True)
class Quotas:
    """What one caller may use.

    Attributes:
        runs_per_requester: runs of one requester that have not ended.
        chunks_per_run: chunks of the cohort.
        columns_per_run: columns of the plan.
        run_seconds: longest time from now to the statement's expiry.
        clock_skew_seconds: how far a statement's time of issue may be from now.
        programmes_per_requester: versions of programmes one requester may publish.
    """

    runs_per_requester: int = 8
    chunks_per_run: int = 1024
    columns_per_run: int = 256
    run_seconds: int = LONGEST_RUN_SECONDS
    clock_skew_seconds: int = 300
    programmes_per_requester: int = 1000


@dataclass(frozen=True, slots=True)
class Retention:
    """How long things stay.

    Attributes:
        fetched_output_seconds: outputs, after they were fetched for the first time, so that a
            requester whose connection broke at the end can fetch again.
        sweep_seconds: how often it is looked for what is over.
    """

    fetched_output_seconds: int = FETCHED_OUTPUT_SECONDS
    sweep_seconds: int = 5


@dataclass(frozen=True, slots=True)
class MatcherConfig:
    """Everything ``fusuma matcher serve`` needs.

    Attributes:
        listen: ``host:port``; port 0 takes a free one.
        identity: identity directory.
        data: data directory, created where it is missing.
        grants: grant files.
        workers: evaluation processes.
        homomorphic: the homomorphic schemes offered.
        enclave: the enclave's Unix socket, or None where there is none.
        boundary_log: where to write what crossed the boundary, or None.
        boundary_capture: a directory for every message that crosses, for audits and tests only.
        only_published: whether a run's programme has to be published; without it any that is
            granted may be run.
    """

    listen: str
    identity: Path
    data: Path
    grants: tuple[Path, ...]
    workers: int = 2
    homomorphic: frozenset[Scheme] = frozenset({Scheme.BGV})
    enclave: Path | None = None
    boundary_log: Path | None = None
    boundary_capture: Path | None = None
    quotas: Quotas = Quotas()
    retention: Retention = Retention()
    only_published: bool = False

    @property
    def schemes(self) -> frozenset[Scheme]:
        """The schemes offered; ``clear`` never is."""
        return self.homomorphic | ({Scheme.ENCLAVE} if self.enclave else set())


def load_config(path: Path) -> MatcherConfig:
    """Read the configuration at ``path``.

    Raises:
        InvalidFile: not YAML, or a key is missing, unknown or of the wrong type; says where.
        InvalidConfiguration: a value cannot be used; says where.
        SchemeRefused: a scheme's library is not installed; says what to install.
    """
    root = path.resolve().parent
    section = Section(
        read_document(path),
        "the matcher's configuration",
        required=("listen", "identity", "data", "grants"),
        optional=(
            "workers",
            "schemes",
            "enclave",
            "boundary_log",
            "boundary_capture",
            "quotas",
            "retention",
            "programmes",
        ),
    )
    workers = section.get("workers")
    return MatcherConfig(
        listen=_listen(section["listen"]),
        identity=path_in(root, section["identity"], "identity"),
        data=path_in(root, section["data"], "data"),
        grants=_grants(root, section["grants"]),
        workers=2 if workers is None else within(workers, "workers", 1, _MOST_WORKERS),
        homomorphic=_homomorphic(section.get("schemes"), enclave=section.get("enclave")),
        enclave=_enclave(root, section.get("enclave")),
        boundary_log=optional_path_in(root, section.get("boundary_log"), "boundary_log"),
        boundary_capture=optional_path_in(
            root, section.get("boundary_capture"), "boundary_capture"
        ),
        quotas=_quotas(section.get("quotas")),
        retention=_retention(section.get("retention")),
        only_published=_only_published(section.get("programmes")),
    )


def _listen(node: Node) -> str:
    address = text(node, "listen")
    match = _LISTEN.fullmatch(address)
    if match is None or int(match["port"]) > 65535:
        raise InvalidConfiguration(
            "listen is an address and a port",
            where=str(node.place),
            fix="write it as 127.0.0.1:7443 or [::1]:7443",
        )
    return address


def _grants(root: Path, node: Node) -> tuple[Path, ...]:
    paths = tuple(path_in(root, item, "grants") for item in items(node, "grants"))
    if not paths:
        raise InvalidConfiguration(
            "without a grant file nobody may ask for anything",
            where=str(node.place),
            fix="name the file with the legal table",
        )
    return paths


def _homomorphic(node: Node | None, *, enclave: Node | None) -> frozenset[Scheme]:
    chosen = choices(node, "schemes", HOMOMORPHIC_SCHEMES)
    if node is None or chosen is None:
        return frozenset({Scheme.BGV})
    if not chosen and enclave is None:
        raise InvalidConfiguration(
            "no scheme is offered, and there is no enclave",
            where=str(node.place),
            fix=f"list some of {', '.join(HOMOMORPHIC_SCHEMES)}, or leave the key out for bgv",
        )
    for name, place in chosen.items():
        located(place, check_installed, Scheme(name))
    return frozenset(map(Scheme, chosen))


def _enclave(root: Path, node: Node | None) -> Path | None:
    if node is None:
        return None
    return path_in(root, Section(node, "enclave", required=("socket",))["socket"], "socket")


def _only_published(node: Node | None) -> bool:
    known = {"any granted": False, "published only": True}
    if node is None:
        return known["any granted"]
    written = text(node, "programmes")
    if written not in known:
        raise InvalidConfiguration(
            f"{written[:40]!r} does not say which programmes may be run",
            where=str(node.place),
            fix=f"write {' or '.join(known)}",
        )
    return known[written]


def _quotas(node: Node | None) -> Quotas:
    default = Quotas()
    if node is None:
        return default
    section = Section(node, "quotas", required=(), optional=Quotas.__slots__)
    return Quotas(
        runs_per_requester=_limit(section, "runs_per_requester", default.runs_per_requester, 1000),
        chunks_per_run=_limit(section, "chunks_per_run", default.chunks_per_run, 65535),
        columns_per_run=_limit(section, "columns_per_run", default.columns_per_run, 4096),
        run_seconds=_limit(section, "run_seconds", default.run_seconds, 7 * 24 * 3600),
        clock_skew_seconds=_limit(section, "clock_skew_seconds", default.clock_skew_seconds, 3600),
        programmes_per_requester=_limit(
            section, "programmes_per_requester", default.programmes_per_requester, 10**6
        ),
    )


def _retention(node: Node | None) -> Retention:
    default = Retention()
    if node is None:
        return default
    section = Section(node, "retention", required=(), optional=Retention.__slots__)
    return Retention(
        fetched_output_seconds=_limit(
            section, "fetched_output_seconds", default.fetched_output_seconds, 7 * 24 * 3600
        ),
        sweep_seconds=_limit(section, "sweep_seconds", default.sweep_seconds, 3600),
    )


def _limit(section: Section, key: str, default: int, most: int) -> int:
    node = section.get(key)
    return default if node is None else within(node, key, 1, most)
