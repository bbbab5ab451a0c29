"""The configuration file of an agency's agent.

Identity, catalogues, grants and enclave policy are read with it; the agency's data is not.

Rules:
 * Every setting is known, typed and named with line and column when wrong.
 * Relative paths count from the configuration file, not from where the agent was started.
 * An agency decides by itself what it approves: ``approve`` has no default. It is a file that
   ``fusuma agency approve`` adds to, a list of digests, or ``any granted``.
 * Without ``schemes`` an agency answers under BGV and to an enclave; it takes a decision of its own
   to answer under another.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from clients.attestation.policy import AppraisalPolicy
from clients.attestation.settings import policy_from_settings
from clients.provider.approvals import ApprovalsFile
from clients.provider.policy import ApprovalPolicy
from clients.provider.tables import TableSource
from clients.tabular.delimited import Encoding
from matcher.core.catalogue import Catalogue
from matcher.core.errors import InvalidConfiguration
from matcher.core.grants import GrantTable
from matcher.core.identifiers import AttributeName, Digest
from matcher.core.scheme import ColumnKind, OfferedScheme, Scheme
from matcher.identity.identity import Identity, load_identity
from matcher.language import load_catalogue, load_grants
from matcher.language.document import Mapping, Node, Scalar, read_document
from matcher.language.fields import Section, entries, items, located, text
from matcher.language.settings import (
    Chosen,
    choices,
    matcher_address,
    optional_path_in,
    path_in,
    within,
)
from matcher.schemes.installed import check_installed

_ANY_GRANTED = "any granted"
_MOST_WORKERS = 64
_USUAL_SCHEMES = (Scheme.BGV, Scheme.ENCLAVE)


@dataclass(frozen=True, slots=True)
class MappedTable:
    """A file and the catalogue that types it."""

    source: TableSource
    catalogue: Catalogue


@dataclass(frozen=True, slots=True)
class AgencyConfig:
    """Everything an agent needs to start.

    Attributes:
        identity: the agency's.
        matcher: ``host:port``.
        tables: what the agency holds.
        policy: what it answers.
        journal: file of its decisions; None keeps none.
        workers: processes that encrypt.
        concurrent_runs: runs answered at the same time.
        boundary_log: where to write what crossed the boundary; None counts nothing.
        boundary_capture: directory that keeps every message, for audits; None keeps none.
    """

    identity: Identity
    matcher: str
    tables: tuple[MappedTable, ...]
    policy: ApprovalPolicy
    journal: Path | None
    workers: int
    concurrent_runs: int
    boundary_log: Path | None
    boundary_capture: Path | None


def load_config(path: Path) -> AgencyConfig:
    """Read the configuration at ``path``.

    Raises:
        InvalidFile: it is not readable YAML or breaks the schema; names line and column.
        InvalidConfiguration: a setting contradicts another or names something that is not there.
        InvalidCatalogue: a catalogue it names is not usable.
        InvalidGrantTable: the grant table it names is not usable.
        InvalidCertificate: the certificate or the authority does not parse or names no agency.
        SchemeRefused: a scheme's library is not installed; says what to install.
    """
    root = path.resolve().parent
    section = Section(
        read_document(path),
        "the configuration of an agency",
        required=("identity", "matcher", "tables", "policy"),
        optional=(
            "enclave",
            "journal",
            "workers",
            "concurrent_runs",
            "boundary_log",
            "boundary_capture",
        ),
    )
    tables = tuple(_table(node, root) for node in items(section["tables"], "tables"))
    if not tables:
        raise InvalidConfiguration(
            "no table is configured",
            where=str(section["tables"].place),
            fix="name a file with its catalogue, identifier and columns",
        )
    identity = load_identity(path_in(root, section["identity"], "the identity"))
    enclave = section.get("enclave")
    appraisal = (
        None
        if enclave is None
        else policy_from_settings(enclave, root, authority=identity.authority.digest)
    )
    return AgencyConfig(
        identity=identity,
        matcher=matcher_address(section["matcher"]),
        tables=tables,
        policy=_policy(section["policy"], appraisal, root),
        journal=optional_path_in(root, section.get("journal"), "the journal"),
        workers=_count(section.get("workers"), "the number of workers", 1, _MOST_WORKERS),
        concurrent_runs=_count(section.get("concurrent_runs"), "the number of runs", 2, 16),
        boundary_log=optional_path_in(root, section.get("boundary_log"), "the boundary log"),
        boundary_capture=optional_path_in(
            root, section.get("boundary_capture"), "the capture directory"
        ),
    )


def _table(node: Node, root: Path) -> MappedTable:
    section = Section(
        node,
        "a table",
        required=("file", "catalogue", "identifier", "columns"),
        optional=("encoding",),
    )
    columns = {
        AttributeName(key.text): text(value, "the name of a column")
        for key, value in entries(section["columns"], "columns")
    }
    return MappedTable(
        TableSource(
            file=path_in(root, section["file"], "the file of a table"),
            identifier=text(section["identifier"], "the identifier's column"),
            columns=columns,
            encoding=_encoding(section.get("encoding")),
        ),
        load_catalogue(path_in(root, section["catalogue"], "the catalogue of a table")),
    )


def _encoding(node: Node | None) -> Encoding:
    if node is None:
        return Encoding.UTF_8
    written = text(node, "the encoding")
    if written not in list(Encoding):
        raise InvalidConfiguration(
            "the encoding of a CSV file is not known",
            where=str(node.place),
            fix=f"choose from {', '.join(Encoding)}",
        )
    return Encoding(written)


def _policy(node: Node, enclave: AppraisalPolicy | None, root: Path) -> ApprovalPolicy:
    section = Section(
        node,
        "the policy",
        required=("grants", "approve"),
        optional=("runs_per_day", "smallest_cohort", "schemes", "columns"),
    )
    return ApprovalPolicy(
        grants=_grants(section["grants"], root),
        programmes=_approved(section["approve"], root),
        runs_per_day=_count(section.get("runs_per_day"), "the runs of a day", 1000, 10**9),
        smallest_cohort=_count(section.get("smallest_cohort"), "the smallest cohort", 1, 10**9),
        schemes=_schemes(section.get("schemes")),
        column_kinds=_kinds(section.get("columns")),
        enclave=enclave,
    )


def _grants(node: Node, root: Path) -> GrantTable:
    """Return the rows of one grant file or several."""
    nodes = [node] if isinstance(node, Scalar) else list(items(node, "grants"))
    tables = [load_grants(path_in(root, one, "a grant table")) for one in nodes]
    return GrantTable(tuple(grant for table in tables for grant in table.grants))


def _approved(node: Node, root: Path) -> ApprovalsFile | frozenset[Digest] | None:
    if isinstance(node, Mapping):
        section = Section(node, "approve", required=("file",))
        return ApprovalsFile(path_in(root, section["file"], "the list of approved programmes"))
    if isinstance(node, Scalar):
        if node.text == _ANY_GRANTED:
            return None
        raise InvalidConfiguration(
            "approve names a file, lists digests of programmes, or says 'any granted'",
            where=str(node.place),
            fix="write {file: approvals.jsonl} and use `fusuma agency approve`",
        )
    return frozenset(_digest(item) for item in items(node, "approve"))


def _digest(node: Node) -> Digest:
    written = node.text if isinstance(node, Scalar) else ""
    try:
        value = bytes.fromhex(written)
    except ValueError:
        value = b""
    if len(value) != 32:
        raise InvalidConfiguration(
            "a programme's digest is 64 hexadecimal characters",
            where=str(node.place),
            fix="copy it from `fusuma agency programmes`",
        )
    return Digest(value)


def _schemes(node: Node | None) -> frozenset[Scheme]:
    chosen = _some(node, "schemes", [scheme.value for scheme in OfferedScheme])
    if chosen is None:
        return frozenset(_USUAL_SCHEMES)
    for name, place in chosen.items():
        located(place, check_installed, Scheme(name))
    return frozenset(map(Scheme, chosen))


def _kinds(node: Node | None) -> frozenset[ColumnKind]:
    chosen = _some(node, "columns", [kind.value for kind in ColumnKind])
    return frozenset(ColumnKind if chosen is None else map(ColumnKind, chosen))


def _some(node: Node | None, what: str, known: list[str]) -> Chosen | None:
    chosen = choices(node, what, known)
    if node is not None and not chosen:
        raise InvalidConfiguration(
            f"{what} is empty: nothing would ever be answered",
            where=str(node.place),
            fix=f"choose from {', '.join(known)}, or leave the key out",
        )
    return chosen


def _count(node: Node | None, what: str, default: int, most: int) -> int:
    return default if node is None else within(node, what, 1, most)
