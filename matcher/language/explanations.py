"""What CEL's compiler complains about, in the words of those who write programmes.

Rules:
 * CEL's own words never reach the reader alone: every message says where, shows the line with a
   caret, and says what to do.
 * Names that do not exist are for ``unknown_names``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from matcher.core.errors import InvalidPredicate, UnsupportedPredicate
from matcher.core.predicate import TimeUnit
from matcher.language.parameters import PARAMETERS
from matcher.language.source import Source
from matcher.language.unknown_names import half_a_name, unknown_field, unknown_name
from matcher.language.vocabulary import MEMBER, MEMBERS, PACKAGE, Vocabulary

DIVISION = ("_/_", "_%_")
DIVISION_FIX = "multiply the other side instead: write a * 12 <= b for a <= b / 12"
_WHOLE = "use whole numbers, in a smaller unit if need be"

_ERROR = re.compile(r"ERROR: <input>:(-?\d+):(-?\d+): (.*)")
_Explain: TypeAlias = Callable[[Source, int, "re.Match[str]", Vocabulary], InvalidPredicate]
_TYPE = re.compile(r"[\w.]+(?:\((?:[^()]|\([^()]*\))*\))?")
_WORDS = {
    "int": "a whole number",
    "string": "text",
    "bool": "true or false",
    "double": "a decimal number",
    "uint": "an unsigned number",
    "null_type": "null",
    "bytes": "bytes",
    "google.protobuf.Timestamp": "a date",
    "google.protobuf.Duration": "a length of time",
    MEMBER: "a member",
    f"list({MEMBER})": "a list of members",
    "map(int, int)": "a table",
}
_UNEXPECTED = re.compile(
    r"(?:token recognition error at:|(?:mismatched|extraneous) input"
    r"|no viable alternative at input) '(.*)'",
    re.DOTALL,
)
_MISSING = re.compile(r"missing ('.*') at '")
_END = "<EOF>"
_ADVICE = {
    **dict.fromkeys(("and", "&"), "write && for and"),
    **dict.fromkeys(("or", "|"), "write || for or"),
    "not": "write ! for not",
    "=": "write == for equality",
    ">": "write >= for at least, != for unequal",
    **dict.fromkeys(("\u2264", "\u2266"), "write <= for at most"),
    **dict.fromkeys(("\u2265", "\u2267"), "write >= for at least"),
    "\u2260": "write != for unequal",
    "\u00d7": "write * for times",
    **dict.fromkeys("\u201c\u201d\u2018\u2019\u300c\u300d", 'write text between " and "'),
}
_GENERAL_ADVICE = "write comparisons such as tax.income_bracket <= 3, joined by && or ||"
_JOINING = ("_&&_", "_||_", "_?_:_")
_OPERATORS = {"@in": "in", "!_": "!", "-_": "-", "_[_]": "an index"}


def explained(source: Source, message: str, vocabulary: Vocabulary) -> InvalidPredicate:
    """Return the error about ``source`` that CEL's ``message`` stands for."""
    if "recursion" in message:
        return too_deep(source)
    found = _ERROR.search(message)
    if found is None or int(found.group(1)) < 1:
        return InvalidPredicate("the predicate does not compile", where=source.locate(0))
    offset = source.offset(int(found.group(1)), int(found.group(2)))
    detail = found.group(3).removesuffix(" [INVALID_ARGUMENT]")
    for pattern, explain in _EXPLANATIONS.items():
        matched = pattern.search(detail)
        if matched:
            return explain(source, offset, matched, vocabulary)
    return _syntax_error(source, detail.removeprefix("Syntax error: "), offset)


def too_deep(source: Source) -> InvalidPredicate:
    """Return the error about a condition that nests too deeply."""
    return InvalidPredicate(
        "the predicate is nested too deeply",
        where=source.locate(0),
        fix="write it with fewer brackets inside brackets and shorter sums (at most about 30)",
    )


def _no_name(source: Source, offset: int, _: re.Match[str], __: Vocabulary) -> InvalidPredicate:
    return source.refuse(
        "a quantifier needs a name for the member", offset, f"write {MEMBERS}.all(m, …)"
    )


def _misfit(source: Source, offset: int, found: re.Match[str], _: Vocabulary) -> InvalidPredicate:
    function, types = found.group(1), _TYPE.findall(found.group(2))
    if function in DIVISION:
        return source.refuse(
            f"division with {function.strip('_')} is not offered",
            offset,
            DIVISION_FIX,
            UnsupportedPredicate,
        )
    bracket = source.text[offset : offset + 1] == "("
    if bracket and function in _JOINING:
        # The macro's own expansion joins what the designer wrote inside the brackets.
        return source.refuse(
            "what this quantifier asks of a member is not a condition",
            source.beginning_of_call(offset),
            "compare it with a value",
        )
    words = [_WORDS.get(written, _outer(written)) for written in types]
    named = _OPERATORS.get(function, function.strip("_"))
    if bracket:
        offset = source.beginning_of_call(offset)
        named += "()"
    return source.refuse(
        f"{named} does not fit {' and '.join(words)}", offset, _misfit_advice(function, types)
    )


def _misfit_advice(function: str, types: Sequence[str]) -> str:
    if "double" in types:
        return _WHOLE
    if "map(int, int)" in types and function != "_[_]":
        return f"name one entry of the table, as in {PARAMETERS}.limit[2]"
    if "google.protobuf.Duration" in types:
        return "count with days_since, months_since, years_since or age"
    if "google.protobuf.Timestamp" in types:
        return 'compare a date with a date, or its age with a number: date("2026-04-01"), age(…)'
    return _FITTING.get(function, "compare an attribute with a value of its own type")


def _outer(written: str) -> str:
    head, bracket, _ = written.partition("(")
    return f"a {head}" if bracket else head.removeprefix(f"{PACKAGE}.")


def _syntax_error(source: Source, detail: str, offset: int) -> InvalidPredicate:
    missing = _MISSING.match(detail)
    if missing:
        return source.refuse(f"{missing.group(1)} is missing", offset, "add it here or before")
    detail = detail.partition(" expecting ")[0].rstrip()
    unexpected = _UNEXPECTED.match(detail)
    if unexpected is None:
        return source.refuse(f"CEL does not understand this: {detail}", offset, _GENERAL_ADVICE)
    sign = unexpected.group(1).strip()
    if sign == _END:
        return source.refuse("the predicate ends too early", offset, "something is missing here")
    # After `not` it is the next word that CEL stumbles over.
    before = source.text[:offset].split()
    advice = _ADVICE.get(sign.lower()) or _ADVICE.get(before[-1].lower() if before else "")
    narrow = unicodedata.normalize("NFKC", sign)
    if advice is None and narrow != sign:
        advice = f"write {narrow} in half width"
    what = f"CEL does not understand {sign[:40]!r} here"
    return source.refuse(what, offset, advice or _GENERAL_ADVICE)


_FITTING = {
    "@in": "list values of the attribute's own type, as in [1, 2]",
    "_[_]": f"only tables of parameters have entries, as in {PARAMETERS}.limit[2]",
    "at_least": "write at_least(2, [one, another, a third])",
    "date": 'write date("2026-04-01")',
    **dict.fromkeys(("_+_", "_-_", "_*_", "-_"), "calculate with whole numbers of one agency only"),
    **dict.fromkeys((*_JOINING, "!_"), "join and negate conditions only"),
    **dict.fromkeys([unit.value for unit in TimeUnit], "count from a date attribute"),
}
_EXPLANATIONS: Mapping[re.Pattern[str], _Explain] = {
    re.compile(r"^undeclared reference to '([^']*)'"): unknown_name,
    re.compile(r"^undefined field '([^']*)' not found in struct"): unknown_field,
    re.compile(r"^found no matching overload for '([^']*)' applied to '\((.*)\)'"): _misfit,
    re.compile(r"cannot be the operand of a select"): half_a_name,
    re.compile(r"variable name must be"): _no_name,
}
