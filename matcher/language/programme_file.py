"""Programme files: a benefit in YAML and CEL.

Rules:
 * A programme names its catalogue; ``catalogue.yaml`` beside the file is used unless the caller
   brings catalogues of its own.
 * Messages about a condition point into the file, through quotes, folding and indentation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from matcher.core.catalogue import Catalogue
from matcher.core.errors import InvalidProgramme
from matcher.core.nearest import nearest
from matcher.core.programme import Programme
from matcher.language import fields
from matcher.language.assembly import assemble
from matcher.language.catalogue_file import load_catalogue
from matcher.language.document import Listing, Mapping, Node, Scalar, read_document
from matcher.language.fields import Section
from matcher.language.parameters import PARAMETERS
from matcher.language.parts import Parts, Tier
from matcher.language.places import Places
from matcher.language.programme_sections import (
    examples_of,
    parameters_of,
    rules_of,
    source_of,
    tiers_of,
)
from matcher.language.source import Source

CATALOGUE_FILE = "catalogue.yaml"
_ID = re.compile(r"[a-z][a-z0-9-]{0,62}(/[a-z0-9][a-z0-9-]{0,62}){0,3}")
_REQUIRED = (
    *("programme", "version", "title", "catalogue", "requester", "affair", "unit"),
    *("valid", "eligible"),
)
_OPTIONAL = (
    *("procedure", "most_members", "legal_basis", "parameters", "absent", "outcomes", "tests"),
)


def load_programme(path: Path, catalogues: Iterable[Catalogue] = ()) -> Programme:
    """Load the programme at ``path``.

    Args:
        path: a YAML file.
        catalogues: where to find the catalogue it names; without any, ``catalogue.yaml`` beside
            the file is read.

    Raises:
        InvalidFile: a file is not the YAML it should be; says where.
        InvalidCatalogue: the catalogue contradicts itself; says where.
        InvalidProgramme: the programme contradicts itself or its catalogue; says where.
        InvalidPredicate: a condition does not parse or type-check; says where.
    """
    return load_programme_with_places(path, catalogues)[0]


def load_programme_with_places(
    path: Path, catalogues: Iterable[Catalogue] = ()
) -> tuple[Programme, Places]:
    """Load the programme at ``path`` and tell where its parts stand; raises as the above."""
    tree = read_document(path)
    known = tuple(catalogues) or (load_catalogue(path.parent / CATALOGUE_FILE),)
    programme = programme_of(tree, known)
    return programme, places_of(tree)


def programme_of(tree: Mapping, catalogues: Sequence[Catalogue]) -> Programme:
    """Return the programme a YAML tree describes; raises as ``load_programme``."""
    section = Section(tree, "a programme", required=_REQUIRED, optional=_OPTIONAL)
    parts = _parts(section)
    return fields.located(
        section.place,
        assemble,
        parts,
        _catalogue(section["catalogue"], catalogues),
        source_of(section["eligible"]),
        examples_of(section.get("tests"), parts.unit),
    )


def places_of(tree: Mapping) -> Places:
    """Return where the parts of a programme stand in the tree it was made from."""
    places: dict[str, str] = {}
    sources: dict[str, Source] = {}
    for key, node in _parts_of(tree, ""):
        places[key] = str(node.place)
        condition = key == "eligible" or (key.startswith("outcomes.") and key.endswith(".when"))
        if condition and isinstance(node, Scalar):
            sources[key] = source_of(node)
    return Places(tree.place.source, places, sources)


def _parts_of(node: Node, prefix: str) -> Iterator[tuple[str, Node]]:
    """Yield every entry below ``node`` by its key; named items of lists go by their names."""
    if isinstance(node, Mapping):
        for key, value in node.entries:
            name = {"parameters": PARAMETERS, "tiers": ""}.get(key.text, key.text)
            below = f"{prefix}.{name}".strip(".")
            yield below, key if prefix in (PARAMETERS, "absent") else value
            yield from _parts_of(value, below)
    elif isinstance(node, Listing):
        for number, item in enumerate(node.items):
            called = _name_of(item)
            below = f"{prefix}.{number if called is None else called}"
            yield below, item
            yield from _parts_of(item, below)


def _name_of(node: Node) -> str | None:
    for key, value in node.entries if isinstance(node, Mapping) else ():
        if key.text == "name" and isinstance(value, Scalar):
            return value.text.strip()
    return None


def _catalogue(node: Node, catalogues: Sequence[Catalogue]) -> Catalogue:
    name = fields.text(node, "the catalogue")
    for catalogue in catalogues:
        if catalogue.name == name:
            return catalogue
    raise InvalidProgramme(
        f"there is no catalogue {name[:80]!r}",
        where=str(node.place),
        fix=nearest(name, [catalogue.name for catalogue in catalogues]),
    )


def _parts(section: Section) -> Parts:
    identifier = fields.text(section["programme"], "the programme's id")
    if not _ID.fullmatch(identifier):
        raise InvalidProgramme(
            f"{identifier[:80]!r} is not a programme's id",
            where=str(section["programme"].place),
            fix="write city/disability-support in a-z, 0-9 and '-'",
        )
    valid_from, valid_to = fields.period(section["valid"])
    basis, procedure = section.get("legal_basis"), section.get("procedure")
    most_members = section.get("most_members")
    tiers, payment = tiers_of(section.get("outcomes"))
    return Parts(
        id=identifier,
        version=fields.text(section["version"], "the version", 40),
        title=fields.title(section["title"]),
        requester=fields.agency(section["requester"], "the requester"),
        affair=fields.text(section["affair"], "the affair"),
        procedure="" if procedure is None else fields.text(procedure, "the procedure"),
        unit=fields.text(section["unit"], "the unit"),
        most_members=None
        if most_members is None
        else fields.integer(most_members, "the number of members"),
        legal_basis="" if basis is None else fields.text(basis, "the legal basis"),
        valid_from=valid_from,
        valid_to=valid_to,
        parameters=parameters_of(section.get("parameters")),
        absent=rules_of(section.get("absent")),
        tiers=tiers,
        payment=payment,
        places=_places(section, tiers),
    )


def _places(section: Section, tiers: Sequence[Tier]) -> dict[str, str]:
    places = {key: str(node.place) for key in _OPTIONAL if (node := section.get(key)) is not None}
    places["unit"] = str(section["unit"].place)
    for section_name, prefix in (("parameters", PARAMETERS), ("absent", "absent")):
        listed = section.get(section_name)
        for name, _ in () if listed is None else fields.entries(listed, section_name):
            places[f"{prefix}.{name.text}"] = str(name.place)
    outcomes = section.get("outcomes")
    for key, node in () if outcomes is None else fields.entries(outcomes, "outcomes"):
        if key.text == "pays":
            places["pays"] = str(node.place)
        elif isinstance(node, Listing):
            for number in range(len(tiers)):
                places[f"outcomes.{number}"] = str(node.items[number].place)
    return places
