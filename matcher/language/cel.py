"""CEL text to a checked syntax tree, by Google's own compiler.

Attributes are declared as variables named ``role.attribute``, parameters as ``params.name``, so
that an unknown name and a wrong type are compile errors here and not surprises in a run.

Rules:
 * A predicate is at most 8 KiB and nests at most as deep as CEL's parser allows (32 levels).
 * CEL's own words never reach the reader alone: every message says where, shows the line with a
   caret, and says what to do.
 * ``has()`` is refused before parsing: on names with dots it would vanish without a trace.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cel_expr_python import cel
from eligibility.v1 import cel_ast_pb2
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.message import DecodeError

from matcher.core.catalogue import Attribute, AttributeType
from matcher.core.errors import InvalidPredicate, UnsupportedPredicate
from matcher.core.identifiers import AttributeName
from matcher.language.fields import nearest

MOST_BYTES = 8 * 1024
PARAMETERS = "params"

_TYPES = {
    AttributeType.INTEGER: cel.Type.INT,
    AttributeType.ENUMERATION: cel.Type.STRING,
    AttributeType.BOOLEAN: cel.Type.BOOL,
}
_ERROR = re.compile(r"ERROR: <input>:(-?\d+):(-?\d+): (.*)")
_UNDECLARED = re.compile(r"undeclared reference to '([^']*)'")
_OVERLOAD = re.compile(r"found no matching overload for '([^']*)' applied to '\((.*)\)'")
_TYPE = re.compile(r"\w+(?:\([^()]*\))?")
_TOKEN = re.compile(
    r"""//[^\n]*|r?(?:\"{3}.*?\"{3}|'{3}.*?'{3}|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')""",
    re.DOTALL,
)
_HAS = re.compile(r"(?<![\w.])has\s*\(")
_WORDS = {
    "int": "a whole number",
    "string": "text",
    "bool": "true or false",
    "double": "a decimal number",
    "uint": "an unsigned number",
    "null_type": "null",
    "bytes": "bytes",
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
    **dict.fromkeys("\u201c\u201d\u2018\u2019\u300c\u300d", 'write text between " and "'),
}
_GENERAL_ADVICE = "write comparisons such as tax.income_bracket <= 3, joined by && or ||"
_OPERATORS = {"@in": "in", "!_": "!"}


@dataclass(frozen=True, slots=True)
class Source:
    """A predicate's text and how to find a character of it for a reader.

    Attributes:
        text: the CEL text.
        locate: from a character's offset to ``file:line:column``.
    """

    text: str
    locate: Callable[[int], str]

    def shown(self, offset: int) -> str:
        """Return the line around ``offset`` with a caret under it."""
        start = self.text.rfind("\n", 0, offset) + 1
        end = self.text.find("\n", offset)
        line = self.text[start : len(self.text) if end < 0 else end]
        return f"\n    {line}\n    {' ' * (offset - start)}^"

    def refuse(
        self, what: str, offset: int, fix: str, error: type[InvalidPredicate] = InvalidPredicate
    ) -> InvalidPredicate:
        """Return an error about the character at ``offset``."""
        return error(what, where=self.locate(offset), fix=fix + self.shown(offset))


def check(
    source: Source,
    attributes: Mapping[AttributeName, Attribute],
    parameters: Mapping[str, AttributeType],
) -> cel_ast_pb2.CelCheckedExpr:
    """Return the checked syntax tree of ``source``.

    Args:
        source: the predicate.
        attributes: what it may read.
        parameters: the type of every parameter.

    Raises:
        InvalidPredicate: it does not parse or type-check; says where and what was meant.
        UnsupportedPredicate: it asks for presence.
    """
    size = len(source.text.encode())
    if size > MOST_BYTES:
        raise InvalidPredicate(
            f"the predicate is {size} bytes long, more than {MOST_BYTES}",
            where=source.locate(0),
            fix="split the programme",
        )
    _refuse_has(source)
    variables = {str(name): _TYPES[attribute.type] for name, attribute in attributes.items()}
    variables |= {f"{PARAMETERS}.{name}": _TYPES[kind] for name, kind in parameters.items()}
    try:
        compiled = cel.NewEnv(variables=variables).compile(source.text).serialize()
        return cel_ast_pb2.CelCheckedExpr.FromString(AnyMessage.FromString(compiled).value)
    except DecodeError as error:
        raise _too_deep(source) from error
    except RuntimeError as error:
        raise _explained(source, str(error), attributes, variables) from error


def _refuse_has(source: Source) -> None:
    # Strings and comments are blanked first, position by position.
    bare = _TOKEN.sub(lambda match: " " * len(match.group()), source.text)
    found = _HAS.search(bare)
    if found:
        raise source.refuse(
            "has() is not used here: presence is the catalogue's business",
            found.start(),
            "say in the catalogue what absence means",
            UnsupportedPredicate,
        )


def _explained(
    source: Source,
    message: str,
    attributes: Mapping[AttributeName, Attribute],
    variables: Mapping[str, object],
) -> InvalidPredicate:
    found = _ERROR.search(message)
    if "recursion" in message:
        return _too_deep(source)
    if found is None or int(found.group(1)) < 1:
        return InvalidPredicate("the predicate does not compile", where=source.locate(0))
    offset = _offset(source.text, int(found.group(1)), int(found.group(2)))
    detail = found.group(3).removesuffix(" [INVALID_ARGUMENT]")
    undeclared = _UNDECLARED.match(detail)
    if undeclared:
        name = undeclared.group(1)
        if "." in name:
            # CEL points at the last dot of a dotted name.
            offset = max(source.text.rfind(name.partition(".")[0], 0, offset + 1), 0)
        return source.refuse(
            f"there is no {name!r} in the catalogue or the parameters",
            offset,
            _meant(name, attributes, variables),
        )
    overload = _OVERLOAD.match(detail)
    if overload:
        types = [_type_in_words(written) for written in _TYPE.findall(overload.group(2))]
        operator = overload.group(1)
        return source.refuse(
            f"{_OPERATORS.get(operator, operator.strip('_'))} does not fit {' and '.join(types)}",
            offset,
            "list values of the attribute's own type, as in [1, 2]"
            if operator == "@in"
            else "compare an attribute with a value of its own type",
        )
    return _syntax_error(source, detail.removeprefix("Syntax error: "), offset)


def _meant(
    name: str, attributes: Mapping[AttributeName, Attribute], variables: Mapping[str, object]
) -> str:
    """Return advice about a name that is neither an attribute nor a parameter."""
    if name.lower() in ("true", "false"):
        return f"write {name.lower()}"
    if any(name in attribute.values for attribute in attributes.values()):
        return f'put text in quotes: "{name}"'
    if f"{PARAMETERS}.{name}" in variables:
        return f"did you mean {PARAMETERS}.{name}?"
    return nearest(name, variables)


def _type_in_words(written: str) -> str:
    head, bracket, _ = written.partition("(")
    return f"a {head}" if bracket else _WORDS.get(written, written)


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


def _too_deep(source: Source) -> InvalidPredicate:
    return InvalidPredicate(
        "the predicate is nested too deeply",
        where=source.locate(0),
        fix="write it with fewer brackets inside brackets (at most about 30)",
    )


def _offset(text: str, line: int, column: int) -> int:
    """Return the character offset of a CEL position; both count from 1."""
    lines = text.split("\n")
    before = sum(len(part) + 1 for part in lines[: line - 1])
    return min(before + column - 1, len(text))
