"""CEL text to a checked syntax tree, by Google's own compiler.

Names and types come from the vocabulary of the programme, so that an unknown name and a wrong type
are compile errors here and not surprises in a run.

Rules:
 * A condition is at most 8 KiB and nests at most as deep as CEL's parser allows (32 levels).
 * ``has()`` is refused before parsing: on names with dots it would vanish without a trace.
"""

from __future__ import annotations

import re

from eligibility.v1 import cel_ast_pb2
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.message import DecodeError

from matcher.core.errors import InvalidPredicate, UnsupportedPredicate
from matcher.language.explanations import explained, too_deep
from matcher.language.source import Source
from matcher.language.vocabulary import Vocabulary

__all__ = ["MOST_BYTES", "Source", "check"]

MOST_BYTES = 8 * 1024

_TOKEN = re.compile(
    r"""//[^\n]*|r?(?:\"{3}.*?\"{3}|'{3}.*?'{3}|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')""",
    re.DOTALL,
)
_HAS = re.compile(r"(?<![\w.])has\s*\(")


def check(source: Source, vocabulary: Vocabulary) -> cel_ast_pb2.CelCheckedExpr:
    """Return the checked syntax tree of ``source``.

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
    try:
        compiled = vocabulary.environment.compile(source.text).serialize()
        return cel_ast_pb2.CelCheckedExpr.FromString(AnyMessage.FromString(compiled).value)
    except DecodeError as error:
        raise too_deep(source) from error
    except RuntimeError as error:
        raise explained(source, str(error), vocabulary) from error


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
