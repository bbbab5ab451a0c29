"""An agency's own part: how fast it answers a literal for a whole cohort, before encryption.

The literal has five comparisons over one agency's attributes: two plain ones, a date of birth
counted to an age, a limit looked up by the number of dependants, and a set of districts.

Rules:
 * The clock runs over everything an agency does per chunk between roster and encryption: looking up
   codes, answering, taking in the control slots, making columns. The file is read and the roster
   made beforehand.
 * Figures are medians; the first round warms up and does not count. Where other programs run at the
   same time, the CPU seconds say what an agency needs and the seconds what it got.
 * Every answer is compared with the literal on the same table in the order of the file.
"""

from __future__ import annotations

import datetime as dt
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.processes import cpu_model
from clients.provider.answering import Answering
from clients.provider.holdings import Holdings
from clients.provider.tables import TableSource, load_table
from clients.tabular.identifiers import hash_identifiers
from fusuma import __version__
from fusuma.agency_files import IDENTIFIER, column_name, write_holdings
from fusuma.findings import Announce
from matcher.core.binding import sha256
from matcher.core.catalogue import Attribute, AttributeType, Catalogue, code_of_date
from matcher.core.controls import Seating, seat
from matcher.core.errors import RunFailed
from matcher.core.identifiers import AgencyId, AttributeName, Role
from matcher.core.literals import answer
from matcher.core.plan import Plan, compile_plan
from matcher.core.predicate import (
    All,
    AttributeOperand,
    Comparison,
    ConstantOperand,
    Elapsed,
    Extreme,
    Extremum,
    Lookup,
    Membership,
    Operand,
    Operator,
    Predicate,
    TimeUnit,
)
from matcher.core.programme import DatedValue, ParameterTable, Programme, Unit
from matcher.core.scheme import ColumnKind, Scheme
from matcher.core.table import Table, Values

SEED = 1947
COMPARISONS = 5
_TAX = Role("tax")
_DAY = dt.date(2026, 10, 1)
_INCOME, _TAXED = AttributeName("tax.income"), AttributeName("tax.taxed")
_DEPENDANTS, _BORN = AttributeName("tax.dependants"), AttributeName("tax.born")
_WEALTH, _DISTRICT = AttributeName("tax.wealth"), AttributeName("tax.district")
_DISTRICTS = ("north", "east", "south", "west", "harbour", "hills")
# Limits by the number of dependants, as allowances have them; the figures are illustrative.
_LIMITS = tuple(3_604_000 + 380_000 * dependants for dependants in range(10))
_ATTRIBUTES = (
    Attribute(_INCOME, AttributeType.INTEGER, 0, 100_000_000),
    Attribute(_TAXED, AttributeType.BOOLEAN, 0, 1),
    Attribute(_DEPENDANTS, AttributeType.INTEGER, 0, 20),
    Attribute(
        _BORN,
        AttributeType.DATE,
        code_of_date(dt.date(1900, 1, 1)),
        code_of_date(dt.date(2026, 12, 31)),
    ),
    Attribute(_WEALTH, AttributeType.INTEGER, 0, 100_000_000),
    Attribute(_DISTRICT, AttributeType.ENUMERATION, 0, len(_DISTRICTS) - 1, values=_DISTRICTS),
)
_ABSENT_SHARE = 0.004


def measure(directory: Path, residents: int, repeats: int, announce: Announce) -> dict[str, object]:
    """Return the report; ``directory`` is the caller's to remove.

    Raises:
        RunFailed: an answer is wrong.
    """
    announce(f"an agency's file of {residents:,} residents")
    setup = _prepared(directory, residents)
    answering = Answering(setup.plan, _TAX, 0, setup.holdings.select(_catalogue(), _TAX))
    seconds, busy = [], []
    for number in range(repeats + 1):
        announce(f"answering, round {number} of {repeats}")
        begun, worked = time.perf_counter(), time.process_time()
        columns = [list(part) for part in _answered(answering, setup)]
        seconds.append(time.perf_counter() - begun)
        busy.append(time.process_time() - worked)
        _check(setup, columns)
    begun = time.perf_counter()
    answer(setup.plan.predicate, setup.plan.attributes, setup.table)
    literal = time.perf_counter() - begun
    median = statistics.median(seconds[1:])
    return {
        "benchmark": "local",
        "fusuma": __version__,
        "cpu": cpu_model(),
        "residents": residents,
        "comparisons": COMPARISONS,
        "repeats": repeats,
        "columns": len(setup.plan.columns),
        "rows_per_second": round(residents / median),
        "seconds": {
            "median": round(median, 4),
            "min": round(min(seconds[1:]), 4),
            "max": round(max(seconds[1:]), 4),
        },
        "cpu_seconds": round(statistics.median(busy[1:]), 4),
        "literal_seconds": round(literal, 4),
    }


@dataclass(frozen=True, slots=True, eq=False)
class _Setup:
    plan: Plan
    holdings: Holdings
    table: Table
    seating: Seating
    codes: NDArray[np.uint8]


def _prepared(directory: Path, residents: int) -> _Setup:
    table = _drawn(residents)
    people = [f"r{number:07d}" for number in range(residents)]
    file = directory / "tax.parquet"
    write_holdings(file, people, _ATTRIBUTES, table)
    source = TableSource(file, IDENTIFIER, {name: column_name(name) for name in table})
    holdings = Holdings([load_table(source, _catalogue())])
    plan = compile_plan(_programme(), sha256(b"bench/local"), Scheme.BGV, ColumnKind.DECISION, _DAY)
    # Asked about in another order than that of the file, as agencies are.
    rng = np.random.default_rng(SEED)
    seating = seat(plan, residents, rng.bytes)
    codes = np.zeros((len(seating.chunks) * plan.chunk_slots, 16), dtype=np.uint8)
    order = rng.permutation(residents)
    codes[seating.slot_of] = hash_identifiers(people)[order]
    shuffled = {
        name: Values(values.codes[order], values.present[order]) for name, values in table.items()
    }
    return _Setup(plan, holdings, shuffled, seating, codes)


def _answered(answering: Answering, setup: _Setup) -> Iterator[Iterator[bytes]]:
    slots = setup.plan.chunk_slots
    for chunk, controls in enumerate(setup.seating.chunks):
        codes = setup.codes[chunk * slots : (chunk + 1) * slots]
        columns = answering.answer(codes, controls)
        yield iter([columns[number] for number in sorted(columns)])


def _check(setup: _Setup, columns: list[list[bytes]]) -> None:
    """Compare the bits of the people with the literal's answer to the whole table at once."""
    truth = answer(setup.plan.predicate, setup.plan.attributes, setup.table)
    for number, expected in enumerate((truth != 0, truth == 1)):
        sent = np.frombuffer(b"".join(part[number] for part in columns), dtype=np.uint8)
        if not np.array_equal(sent[setup.seating.slot_of], expected):
            raise RunFailed("answers differ from those to the whole table")


def _drawn(residents: int) -> Table:
    rng = np.random.default_rng(SEED)
    table = {}
    for attribute in _ATTRIBUTES:
        codes = rng.integers(attribute.low, attribute.high + 1, residents, dtype=np.int32)
        if attribute.name in {_INCOME, _WEALTH}:
            codes = (np.minimum(rng.lognormal(15, 0.8, residents), attribute.high)).astype(np.int32)
        table[attribute.name] = Values(codes, rng.random(residents) >= _ABSENT_SHARE)
    return table


def _catalogue() -> Catalogue:
    return Catalogue("local", {attribute.name: attribute for attribute in _ATTRIBUTES})


def _literal() -> Predicate:
    age: Operand = Elapsed(TimeUnit.AGE, AttributeOperand(_BORN))
    index = Extremum(Extreme.LEAST, (AttributeOperand(_DEPENDANTS), ConstantOperand(9)))
    limit: Operand = Lookup("limit", index)
    return All(
        (
            Comparison(AttributeOperand(_TAXED), Operator.EQ, ConstantOperand(0)),
            Comparison(AttributeOperand(_INCOME), Operator.LE, limit),
            Comparison(age, Operator.GE, ConstantOperand(65)),
            Comparison(AttributeOperand(_WEALTH), Operator.LT, ConstantOperand(10_000_000)),
            Membership(AttributeOperand(_DISTRICT), (ConstantOperand(0), ConstantOperand(3))),
        )
    )


def _programme() -> Programme:
    return Programme(
        id="benchmark/local",
        version="1",
        title={"en": "Five comparisons at one agency"},
        catalogue=_catalogue(),
        requester=AgencyId("city-benefits"),
        affair="benchmark",
        procedure="",
        unit=Unit.PERSON,
        most_members=1,
        legal_basis="",
        valid_from=_DAY,
        valid_to=None,
        parameters={"limit": (DatedValue(_DAY, ParameterTable(0, _LIMITS)),)},
        eligible=_literal(),
        eligible_source="five comparisons",
        absences={},
        outcomes=(),
        payment=None,
        cases=(),
    )
