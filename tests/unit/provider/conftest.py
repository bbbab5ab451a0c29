from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from clients.provider.holdings import Holdings
from clients.provider.tables import TableSource, load_table
from matcher.core.binding import sha256
from matcher.core.catalogue import Attribute, AttributeType, Catalogue
from matcher.core.identifiers import AgencyId, AttributeName
from matcher.core.plan import Plan, compile_plan
from matcher.core.predicate import (
    All,
    AttributeOperand,
    Comparison,
    ConstantOperand,
    Membership,
    Operator,
)
from matcher.core.programme import Programme, Unit
from matcher.core.scheme import ColumnKind, Scheme

BRACKET = AttributeName("tax.bracket")
GRADE = AttributeName("welfare.grade")

Compile = Callable[[Scheme, ColumnKind], Plan]


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return Catalogue(
        "city",
        {
            BRACKET: Attribute(BRACKET, AttributeType.INTEGER, 0, 7),
            GRADE: Attribute(GRADE, AttributeType.INTEGER, 0, 6),
        },
    )


@pytest.fixture(scope="session")
def programme(catalogue: Catalogue) -> Programme:
    grades = (ConstantOperand(1), ConstantOperand(2))
    return Programme(
        id="city/support",
        version="1",
        title={"en": "Support"},
        catalogue=catalogue,
        requester=AgencyId("city-benefits"),
        affair="disability",
        procedure="",
        unit=Unit.PERSON,
        most_members=1,
        legal_basis="",
        valid_from=date(2026, 4, 1),
        valid_to=None,
        parameters={},
        eligible=All(
            (
                Comparison(AttributeOperand(BRACKET), Operator.LE, ConstantOperand(3)),
                Membership(AttributeOperand(GRADE), grades),
            )
        ),
        eligible_source="tax.bracket <= 3 && welfare.grade in [1, 2]",
        absences={},
        outcomes=(),
        payment=None,
        cases=(),
    )


@pytest.fixture(scope="session")
def compiled(programme: Programme) -> Compile:
    def compile_for(scheme: Scheme, kind: ColumnKind) -> Plan:
        return compile_plan(programme, sha256(b"bundle"), scheme, kind, date(2026, 5, 1))

    return compile_for


@pytest.fixture
def holdings(tmp_path: Path, catalogue: Catalogue) -> Holdings:
    file = tmp_path / "taxpayers.csv"
    file.write_text("person,bracket\np0,0\np1,3\np2,4\np3,7\np4,\n")
    return Holdings([load_table(TableSource(file, "person", {BRACKET: "bracket"}), catalogue)])
