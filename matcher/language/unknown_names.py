"""Names in a condition that neither the catalogue nor the parameters have, and what was meant.

Rules:
 * Every message comes with the nearest name that exists, written as it would be in that place:
   behind the member's name inside a quantifier, in quotes where it is a value.
"""

from __future__ import annotations

import re

from matcher.core.errors import InvalidPredicate, UnsupportedPredicate
from matcher.core.nearest import nearest
from matcher.core.programme import Unit
from matcher.language.parameters import PARAMETERS
from matcher.language.source import Source
from matcher.language.vocabulary import MEMBERS, Vocabulary

_MACROS = ("all", "exists", "exists_one", "filter")
_UNKNOWN_MACRO = re.compile(rf"\b{MEMBERS}\s*\.\s*(\w+)\s*\(\s*$")
_CALLED = re.compile(rf"\b{MEMBERS}\s*\.\s*\w+\s*\(\s*(\w+)\s*,")


def unknown_name(
    source: Source, offset: int, found: re.Match[str], vocabulary: Vocabulary
) -> InvalidPredicate:
    """Return the error about the variable or function that ``found`` names at ``offset``."""
    name = found.group(1)
    if source.text[offset : offset + 1] == "(":
        return source.refuse(
            f"there is no function {name[:80]!r}",
            source.beginning_of_call(offset),
            "use age, years_since, months_since, days_since, date, at_least, "
            "math.least or math.greatest",
            UnsupportedPredicate,
        )
    if "." in name:
        # CEL points at the last dot of a dotted name.
        offset = max(source.text.rfind(name.partition(".")[0], 0, offset + 1), 0)
    if name == "math":
        return source.refuse(
            "math has no such function here",
            offset,
            "use math.least or math.greatest",
            UnsupportedPredicate,
        )
    if name == MEMBERS and vocabulary.unit is Unit.PERSON:
        return source.refuse(
            "a programme for persons has no members",
            offset,
            "name the attribute itself, or write unit: household",
        )
    macro = _UNKNOWN_MACRO.search(source.text[:offset])
    if macro and macro.group(1) not in _MACROS:
        return source.refuse(
            f"there is no quantifier {macro.group(1)[:80]!r}",
            macro.start(1),
            nearest(macro.group(1), _MACROS),
            UnsupportedPredicate,
        )
    return source.refuse(
        f"there is no {name[:80]!r} in the catalogue or the parameters",
        offset,
        _meant(name, source, vocabulary),
    )


def _meant(name: str, source: Source, vocabulary: Vocabulary) -> str:
    """Return advice about a name that is neither an attribute nor a parameter."""
    advice = nearest(name, vocabulary.names)
    if name.lower() in ("true", "false"):
        advice = f"write {name.lower()}"
    elif any(name in attribute.values for attribute in vocabulary.attributes.values()):
        advice = f'put text in quotes: "{name}"'
    elif f"{PARAMETERS}.{name}" in vocabulary.names:
        advice = f"did you mean {PARAMETERS}.{name}?"
    elif vocabulary.unit is Unit.HOUSEHOLD and not name.startswith(f"{PARAMETERS}."):
        advice = _meant_of_members(name, source, vocabulary)
    return advice


def _meant_of_members(name: str, source: Source, vocabulary: Vocabulary) -> str:
    """Return advice about a name that is no member's attribute."""
    attributes = vocabulary.attributes
    if name in attributes:
        return f"write {MEMBERS}.all(m, m.{name} …) or {MEMBERS}.exists(m, m.{name} …)"
    head, _, tail = name.partition(".")
    called = _CALLED.findall(source.text)
    if tail in attributes and head not in called:
        known = [f"{member}.{tail}" for member in called]
        return nearest(name, known) if known else f"write {MEMBERS}.all({head}, {name} …)"
    return nearest(name, [MEMBERS, *(f"m.{known}" for known in attributes)])


def unknown_field(
    source: Source, dot: int, _: re.Match[str], vocabulary: Vocabulary
) -> InvalidPredicate:
    """Return the error about a member's field behind the dot at ``dot``."""
    begin = source.beginning_of_name(dot)
    member, _dot, name = source.name_at(begin).partition(".")
    return source.refuse(
        f"there is no {name[:80]!r} in the catalogue",
        begin,
        nearest(name, vocabulary.attributes).replace("mean ", f"mean {member}."),
    )


def half_a_name(
    source: Source, offset: int, _: re.Match[str], vocabulary: Vocabulary
) -> InvalidPredicate:
    """Return the error about a name around ``offset`` that goes on behind an attribute."""
    begin = source.beginning_of_name(offset)
    name = source.name_at(begin)
    head, _dot, tail = name.partition(".")
    advice = nearest(name, vocabulary.names)
    if head == MEMBERS and tail in vocabulary.attributes:
        advice = f"write {MEMBERS}.all(m, m.{tail} …) or {MEMBERS}.exists(m, m.{tail} …)"
    elif vocabulary.unit is Unit.HOUSEHOLD:
        advice = nearest(tail, vocabulary.attributes).replace("mean ", f"mean {head}.")
    return source.refuse(f"{name[:80]!r} names nothing that an agency holds", begin, advice)
