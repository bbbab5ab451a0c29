from __future__ import annotations

import pytest

from matcher.core.catalogue import Attribute, AttributeType, Catalogue
from matcher.core.errors import InvalidProgramme
from matcher.core.identifiers import AgencyId, AttributeName
from matcher.language.assembly import MOST_ATTRIBUTES, Parts, assemble
from matcher.language.source import Source
from tests.programmes_of_tests import FIRST, programme_of


def _many(count: int) -> None:
    names = [AttributeName(f"tax.a{number}") for number in range(count)]
    attributes = {name: Attribute(name, AttributeType.BOOLEAN, 0, 1) for name in names}
    parts = Parts(
        id="test/many",
        version="1",
        title={},
        requester=AgencyId("city"),
        affair="tests",
        unit="person",
        legal_basis="",
        valid_from=FIRST,
        valid_to=None,
        parameters={},
    )
    assemble(parts, Catalogue("test", attributes), Source(" && ".join(names), str), [])


def test_the_catalogue_shrinks_to_what_is_read() -> None:
    programme = programme_of("tax.bracket == 1 && welfare.grade == 2 && tax.bracket != 4")
    assert list(programme.catalogue.attributes) == ["tax.bracket", "welfare.grade"]


def test_the_number_of_attributes_is_bounded() -> None:
    _many(MOST_ATTRIBUTES)
    with pytest.raises(InvalidProgramme, match="more than 64"):
        _many(MOST_ATTRIBUTES + 1)
