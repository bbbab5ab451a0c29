"""From one entry of a scenario file to the scenarios it stands for.

Rules:
 * Every axis may be one value or a list; the entry stands for every combination, the axis that is
   written first in ``AXES`` changing slowest.
 * A scenario is called by its entry's name or series, its scheme, and every value that the entry
   lists several of.
 * What an entry does not say is taken from ``defaults``, then from here: a scheme's usual columns,
   two agencies, ``all``, three repeats.
 * A predicate in CEL says itself how many agencies take part; a number beside it has to agree, one
   among the defaults is not about it.
 * A value stands in a list once: twice the same experiment is a slip.
 * A scheme that cannot run a predicate is no mistake of the file: that is found out, and reported,
   when it is measured.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product

from bench.question import FEWEST_AGENCIES, MOST_AGENCIES, WORDS, programme_of, spelt_out
from bench.scenario import Scenario
from matcher.core.errors import InvalidConfiguration
from matcher.core.nearest import nearest
from matcher.core.parameters import parameter_set
from matcher.core.scheme import COLUMN_KINDS, ColumnKind, Scheme
from matcher.language.document import Listing, Node, Scalar
from matcher.language.fields import Section, located, text
from matcher.language.programme_sections import source_of
from matcher.language.settings import within

AXES = ("scheme", "columns", "predicate", "parameters", "agencies", "subjects", "repeats")
MOST_SUBJECTS: Mapping[Scheme, int] = dict.fromkeys(Scheme, 5_000_000) | {
    # Tenths of a second for every subject, and no run lasts longer than an hour.
    Scheme.PAILLIER: 10_000
}
MOST_REPEATS = 100
_USUAL_REPEATS = 3
_MOST_PREDICATE = 16 * 1024
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
# Names of attributes have a dot in them.
_ONE_WORD = re.compile(r"[A-Za-z]+")
_Nodes = Mapping[str, Node | None]


def expand(node: Node, defaults: Section | None) -> Iterator[Scenario]:
    """Yield the scenarios that one entry of a file stands for.

    Args:
        node: the entry.
        defaults: of the file.

    Raises:
        InvalidInput: the entry is not what it should be; says where.
    """
    entry = Section(node, "a scenario", required=("series",), optional=("name", *AXES))
    series = _word(entry["series"], "the series")
    named = entry.get("name")
    head = series if named is None else _word(named, "the name")
    axes = {axis: _values(entry, defaults, axis) for axis in AXES}
    for axis in ("scheme", "subjects"):
        if axes[axis] == (None,):
            raise InvalidConfiguration(
                f"neither the scenario nor the defaults say the {axis}",
                where=str(entry.place),
                fix=f"add {axis}: …",
            )
    for at in product(*(range(len(axes[axis])) for axis in AXES)):
        places = dict(zip(AXES, at, strict=True))
        nodes = {axis: axes[axis][number] for axis, number in places.items()}
        scenario = _scenario(series, nodes, beside=entry.get("agencies") is not None)
        several = {axis: number for axis, number in places.items() if len(axes[axis]) > 1}
        yield replace(scenario, name=_called(head, scenario, several))


def _values(entry: Section, defaults: Section | None, axis: str) -> tuple[Node | None, ...]:
    """Return what an entry says of an axis; None alone where nothing is said."""
    node = entry.get(axis)
    if node is None and defaults is not None:
        node = defaults.get(axis)
    if not isinstance(node, Listing):
        return (node,)
    if axis == "repeats":
        raise InvalidConfiguration(
            "the repeats must be one number",
            where=str(node.place),
            fix="write an entry of its own for every number of repeats",
        )
    if not node.items:
        raise InvalidConfiguration(
            f"the list after {axis} is empty", where=str(node.place), fix="list at least one"
        )
    _check_each_once(node, axis)
    return node.items


def _check_each_once(node: Listing, axis: str) -> None:
    listed: list[str] = []
    for item in node.items:
        if isinstance(item, Scalar):
            if item.text in listed:
                raise InvalidConfiguration(
                    f"{item.text[:40]!r} is listed twice after {axis}",
                    where=str(item.place),
                    fix="list it once",
                )
            listed.append(item.text)


def _called(head: str, scenario: Scenario, several: Mapping[str, int]) -> str:
    """Return a name that says what the scenario has of the axes with several values."""
    words = {
        "columns": scenario.column_kind.value,
        # A predicate is too long for a name.
        "predicate": str(several.get("predicate", 0) + 1),
        "parameters": scenario.parameters or "",
        "agencies": str(scenario.agencies),
        "subjects": str(scenario.subjects),
    }
    return "/".join([head, scenario.scheme.value, *(words[a] for a in words if a in several)])


def _scenario(series: str, nodes: _Nodes, *, beside: bool) -> Scenario:
    scheme = Scheme(_one_of(nodes["scheme"], "scheme", [one.value for one in Scheme]))
    predicate, agencies = _predicate(nodes["predicate"], nodes["agencies"], beside=beside)
    return Scenario(
        name="",
        series=series,
        scheme=scheme,
        column_kind=_columns(nodes["columns"], scheme),
        subjects=_number(nodes["subjects"], _subjects(scheme), 1, MOST_SUBJECTS[scheme]),
        agencies=agencies,
        predicate=predicate,
        parameters=_parameters(nodes["parameters"], scheme),
        repeats=_number(nodes["repeats"], "the number of repeats", 1, MOST_REPEATS)
        if nodes["repeats"] is not None
        else _USUAL_REPEATS,
    )


def _subjects(scheme: Scheme) -> str:
    """Return what a number of subjects is called where it is out of range."""
    usual = MOST_SUBJECTS[scheme] == max(MOST_SUBJECTS.values())
    return "the number of subjects" if usual else f"the number of subjects under {scheme.value}"


def _columns(node: Node | None, scheme: Scheme) -> ColumnKind:
    offered = COLUMN_KINDS[scheme]
    if node is None:
        return offered[0]
    kind = ColumnKind(_one_of(node, "kind of columns", [one.value for one in ColumnKind]))
    if kind not in offered:
        raise InvalidConfiguration(
            f"the scheme {scheme.value} has no {kind.value} columns",
            where=str(node.place),
            fix=f"choose {' or '.join(one.value for one in offered)}",
        )
    return kind


def _parameters(node: Node | None, scheme: Scheme) -> str | None:
    if node is None:
        return None
    return located(node.place, parameter_set, text(node, "the parameter set"), scheme).name


def _predicate(node: Node | None, counted: Node | None, *, beside: bool) -> tuple[str, int]:
    """Return the predicate as CEL text, and how many agencies it asks.

    ``beside`` says whether ``counted`` stands in the same entry.
    """
    stated = None
    if counted is not None:
        stated = _number(counted, "the number of agencies", FEWEST_AGENCIES, MOST_AGENCIES)
    written = "all" if node is None else text(node, "the predicate", _MOST_PREDICATE)
    if node is None or written in WORDS:
        agencies = FEWEST_AGENCIES if stated is None else stated
        return spelt_out(written, agencies), agencies
    if _ONE_WORD.fullmatch(written):
        raise InvalidConfiguration(
            f"{written[:40]!r} is neither a condition nor one of {', '.join(WORDS)}",
            where=str(node.place),
            fix=nearest(written, WORDS),
        )
    agencies = len(programme_of(source_of(node)).items())
    if agencies < FEWEST_AGENCIES:
        raise InvalidConfiguration(
            "the predicate asks one agency alone",
            where=str(node.place),
            fix="ask two at least: one could decide by itself",
        )
    if beside and counted is not None and stated != agencies:
        raise InvalidConfiguration(
            f"the predicate asks {agencies} agencies, not {stated}",
            where=str(counted.place),
            fix=f"write agencies: {agencies}, or leave it out",
        )
    return written, agencies


def _one_of(node: Node | None, what: str, known: Sequence[str]) -> str:
    if node is None:
        raise ValueError(f"the {what} is checked to be there")
    written = text(node, f"the {what}")
    if written not in known:
        raise InvalidConfiguration(
            f"there is no {what} {written[:40]!r}",
            where=str(node.place),
            fix=nearest(written, known),
        )
    return written


def _number(node: Node | None, what: str, low: int, high: int) -> int:
    if node is None:
        raise ValueError(f"{what} is checked to be there")
    return within(node, what, low, high)


def _word(node: Node, what: str) -> str:
    word = text(node, what)
    if not _NAME.fullmatch(word):
        raise InvalidConfiguration(
            f"{what} {word[:40]!r} is not a word",
            where=str(node.place),
            fix="use a-z, 0-9 and '-', at most 40",
        )
    return word
