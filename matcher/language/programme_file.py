"""Programme files: a benefit in YAML and CEL.

Rules:
 * A programme names its catalogue; ``catalogue.yaml`` beside the file is used unless the caller
   brings catalogues of its own.
 * Messages about the predicate point into the file, through quotes, folding and indentation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from matcher.core.catalogue import Catalogue
from matcher.core.errors import InvalidFile, InvalidProgramme
from matcher.core.programme import DatedValue, Programme
from matcher.language import fields
from matcher.language.assembly import Example, Parts, assemble, parameter_type
from matcher.language.catalogue_file import load_catalogue
from matcher.language.cel import PARAMETERS, Source
from matcher.language.document import Mapping, Node, Scalar, read_document
from matcher.language.fields import Section
from matcher.language.location import place_in

CATALOGUE_FILE = "catalogue.yaml"
_ID = re.compile(r"[a-z][a-z0-9-]{0,62}(/[a-z0-9][a-z0-9-]{0,62}){0,3}")
_MOST_PREDICATE = 16 * 1024


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
        InvalidPredicate: the predicate does not parse or type-check; says where.
    """
    tree = read_document(path)
    return programme_of(tree, tuple(catalogues) or (load_catalogue(path.parent / CATALOGUE_FILE),))


def programme_of(tree: Mapping, catalogues: Sequence[Catalogue]) -> Programme:
    """Return the programme a YAML tree describes; raises as ``load_programme``."""
    section = Section(
        tree,
        "a programme",
        required=(
            *("programme", "version", "title", "catalogue", "requester", "affair", "unit"),
            *("valid", "eligible"),
        ),
        optional=("legal_basis", "parameters", "tests"),
    )
    return fields.located(
        section.place,
        assemble,
        _parts(section),
        _catalogue(section["catalogue"], catalogues),
        source_of(section["eligible"]),
        _examples(section.get("tests")),
    )


def source_of(node: Node) -> Source:
    """Return the CEL text of a YAML value, with a way back to its place in the file."""
    text = fields.text(node, "the predicate", _MOST_PREDICATE)
    if not isinstance(node, Scalar):
        raise InvalidFile("the predicate must be text", where=str(node.place))
    leading = len(node.text) - len(node.text.lstrip())
    return Source(text, lambda offset: str(place_in(node, leading + offset)))


def _catalogue(node: Node, catalogues: Sequence[Catalogue]) -> Catalogue:
    name = fields.text(node, "the catalogue")
    for catalogue in catalogues:
        if catalogue.name == name:
            return catalogue
    raise InvalidProgramme(
        f"there is no catalogue {name[:80]!r}",
        where=str(node.place),
        fix=fields.nearest(name, [catalogue.name for catalogue in catalogues]),
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
    basis = section.get("legal_basis")
    return Parts(
        id=identifier,
        version=fields.text(section["version"], "the version", 40),
        title=fields.title(section["title"]),
        requester=fields.agency(section["requester"], "the requester"),
        affair=fields.text(section["affair"], "the affair"),
        unit=fields.text(section["unit"], "the unit"),
        legal_basis="" if basis is None else fields.text(basis, "the legal basis"),
        valid_from=valid_from,
        valid_to=valid_to,
        parameters=_parameters(section.get("parameters")),
        places=_places(section),
    )


def _places(section: Section) -> dict[str, str]:
    parameters = section.get("parameters")
    named = () if parameters is None else fields.entries(parameters, "parameters")
    return {
        "unit": str(section["unit"].place),
        **{f"{PARAMETERS}.{key.text}": str(key.place) for key, _ in named},
    }


def _parameters(node: Node | None) -> dict[str, list[DatedValue]]:
    result: dict[str, list[DatedValue]] = {}
    if node is None:
        return result
    for key, values in fields.entries(node, "parameters"):
        dated = []
        dates = fields.entries(
            values, f"the parameter {key.text}", "write its values by date, as in {2026-04-01: 3}"
        )
        for since, value in dates:
            what = f"a value of {key.text}"
            written = fields.value_of(value, what)
            if written is None:
                raise InvalidFile(
                    f"{what} is missing", where=str(value.place), fix="write it after its date"
                )
            dated.append(DatedValue(fields.day(since, "the first day of a value"), written))
        fields.located(key.place, parameter_type, key.text, dated)
        result[key.text] = dated
    return result


def _examples(node: Node | None) -> list[Example]:
    examples = []
    for item in () if node is None else fields.items(node, "the tests"):
        section = Section(item, "a test", required=("name", "given", "expect"), optional=("date",))
        day = section.get("date")
        given = list(fields.entries(section["given"], "given", "write {role.attribute: value}"))
        examples.append(
            Example(
                name=fields.text(section["name"], "a test's name"),
                given={key.text: fields.value_of(value, key.text) for key, value in given},
                expect=fields.text(section["expect"], "the expected verdict"),
                day=None if day is None else fields.day(day, "the date of a test"),
                places={
                    **{key.text: str(key.place) for key, _ in given},
                    "expect": str(section["expect"].place),
                    "date": "" if day is None else str(day.place),
                },
            )
        )
    return examples
