"""Grant files: the legal table in YAML.

Rules:
 * Every row has requester, affair, provider, items, basis and validity; a row without a legal
   basis is no row.
"""

from __future__ import annotations

from pathlib import Path

from matcher.core.errors import InvalidGrantTable
from matcher.core.grants import BasisKind, Grant, GrantTable
from matcher.language import fields
from matcher.language.catalogue_file import attribute_name
from matcher.language.document import Node, read_document
from matcher.language.fields import Section


def load_grants(path: Path) -> GrantTable:
    """Load the grant table at ``path``.

    Raises:
        InvalidFile: it is not the YAML it should be; says where.
        InvalidGrantTable: a row is incomplete or contradicts itself; says where.
    """
    section = Section(read_document(path), "a grant table", required=("grants",))
    rows = tuple(
        fields.located(node.place, _grant, node)
        for node in fields.items(section["grants"], "grants")
    )
    if not rows:
        raise InvalidGrantTable("the grant table has no rows", where=str(section.place))
    return GrantTable(rows)


def _grant(node: Node) -> Grant:
    section = Section(
        node,
        "a grant",
        required=("requester", "affair", "provider", "items", "basis", "valid"),
    )
    valid_from, valid_to = fields.period(section["valid"])
    listed = list(fields.items(section["items"], "the items"))
    names = tuple(
        fields.located(item.place, attribute_name, fields.text(item, "an item")) for item in listed
    )
    if len(set(names)) != len(names):
        raise InvalidGrantTable("an item is listed twice", where=str(section["items"].place))
    return Grant(
        requester=fields.agency(section["requester"], "the requester"),
        affair=fields.text(section["affair"], "the affair"),
        procedure="",
        provider=fields.agency(section["provider"], "the provider"),
        items=names,
        kind=BasisKind.LAW,
        basis=fields.text(section["basis"], "the legal basis"),
        valid_from=valid_from,
        valid_to=valid_to,
    )
