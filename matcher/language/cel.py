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
_ADVICE = {
    "'and'": "write && for and",
    "'or'": "write || for or",
    "'not'": "write ! for not",
    "at: '=": "write == for equality",
    "<EOF>": "something is missing here",
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
        raise _explained(source, str(error), variables) from error


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


def _explained(source: Source, message: str, variables: Mapping[str, object]) -> InvalidPredicate:
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
        # CEL points at the last dot of a dotted name.
        return source.refuse(
            f"there is no {name!r} in the catalogue or the parameters",
            max(source.text.rfind(name.partition(".")[0], 0, offset + 1), 0),
            nearest(name, variables),
        )
    overload = _OVERLOAD.match(detail)
    if overload:
        types = [_WORDS.get(word.strip(), word.strip()) for word in overload.group(2).split(",")]
        operator = overload.group(1)
        return source.refuse(
            f"{_OPERATORS.get(operator, operator.strip('_'))} does not fit {' and '.join(types)}",
            offset,
            "compare an attribute with a value of its own type",
        )
    what = detail.removeprefix("Syntax error: ").partition(" expecting ")[0].rstrip()
    advice = next((fix for sign, fix in _ADVICE.items() if sign in what), _GENERAL_ADVICE)
    return source.refuse(f"CEL does not understand this: {what}", offset, advice)


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
