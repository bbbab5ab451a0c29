"""Grant files: the legal table in YAML.

Rules:
 * Every row has requester, affair, provider, items, basis and validity; a row without a legal
   basis is no row. The procedure may be left out, for all of an affair's.
 * The basis is a law or an ordinance: a city's own row is told from the nation's.
 * No two rows give the same exchange of an item on the same day different bases.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from matcher.core.errors import InvalidGrantTable
from matcher.core.grants import BasisKind, Grant, GrantTable
from matcher.core.identifiers import AgencyId, AttributeName
from matcher.language import fields
from matcher.language.catalogue_file import attribute_name
from matcher.language.document import Mapping, Node, Place, read_document
from matcher.language.fields import Section

_KINDS = tuple(kind.value for kind in BasisKind)
_Exchange: TypeAlias = tuple[AgencyId, str, str, AgencyId, AttributeName]


def load_grants(path: Path) -> GrantTable:
    """Load the grant table at ``path``.

    Raises:
        InvalidFile: it is not the YAML it should be; says where.
        InvalidGrantTable: a row is incomplete or contradicts itself or another; says where.
    """
    section = Section(read_document(path), "a grant table", required=("grants",))
    nodes = list(fields.items(section["grants"], "grants"))
    rows = tuple(fields.located(node.place, _grant, node) for node in nodes)
    if not rows:
        raise InvalidGrantTable("the grant table has no rows", where=str(section.place))
    _refuse_contradictions(rows, [node.place for node in nodes])
    return GrantTable(rows)


def _grant(node: Node) -> Grant:
    section = Section(
        node,
        "a grant",
        required=("requester", "affair", "provider", "items", "basis", "valid"),
        optional=("procedure",),
    )
    valid_from, valid_to = fields.period(section["valid"])
    listed = list(fields.items(section["items"], "the items"))
    names = tuple(
        fields.located(item.place, attribute_name, fields.text(item, "an item")) for item in listed
    )
    if len(set(names)) != len(names):
        raise InvalidGrantTable("an item is listed twice", where=str(section["items"].place))
    procedure = section.get("procedure")
    kind, basis = _basis(section["basis"])
    return Grant(
        requester=fields.agency(section["requester"], "the requester"),
        affair=fields.text(section["affair"], "the affair"),
        procedure="" if procedure is None else fields.text(procedure, "the procedure"),
        provider=fields.agency(section["provider"], "the provider"),
        items=names,
        kind=kind,
        basis=basis,
        valid_from=valid_from,
        valid_to=valid_to,
    )


def _basis(node: Node) -> tuple[BasisKind, str]:
    """Return whether a law or an ordinance is the basis, and which."""
    fix = "write basis: {law: …} or basis: {ordinance: …}"
    if not isinstance(node, Mapping) or len(node.entries) != 1:
        raise InvalidGrantTable(
            "the legal basis does not say whether it is a law or an ordinance",
            where=str(node.place),
            fix=fix,
        )
    ((key, value),) = node.entries
    if key.text not in _KINDS:
        raise InvalidGrantTable(
            f"{key.text[:40]!r} is no kind of legal basis", where=str(key.place), fix=fix
        )
    return BasisKind(key.text), fields.text(value, "the legal basis")


def _refuse_contradictions(rows: Sequence[Grant], places: Sequence[Place]) -> None:
    seen: dict[_Exchange, list[int]] = {}
    for number, row in enumerate(rows):
        for item in row.items:
            exchange = (row.requester, row.affair, row.procedure, row.provider, item)
            for other in seen.setdefault(exchange, []):
                if _overlap(row, rows[other]) and _basis_of(row) != _basis_of(rows[other]):
                    raise InvalidGrantTable(
                        f"two rows give the exchange of {item} different legal bases for the "
                        f"same days: {_basis_of(rows[other])} and {_basis_of(row)}",
                        where=str(places[number]),
                        fix=f"the other row is at {places[other]}; end one before the other begins",
                    )
            seen[exchange].append(number)


def _basis_of(row: Grant) -> str:
    return f"{row.kind.value} {row.basis}"


def _overlap(one: Grant, other: Grant) -> bool:
    begins_in_time = one.valid_to is None or other.valid_from <= one.valid_to
    ends_in_time = other.valid_to is None or one.valid_from <= other.valid_to
    return begins_in_time and ends_in_time
