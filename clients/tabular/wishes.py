"""What a reader of files wants of them: which columns, and how to say that a file is unusable."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from matcher.core.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is asked of every file of one kind.

    Attributes:
        choose: given the file's name and its header, returns the columns to read; raises where the
            header will not do. Each of them stands in the header, once.
        invalid: the class of all other refusals.
        in_another_encoding: what else can be done about text in another encoding than the one said,
            beside saving it anew; may be empty.
    """

    choose: Callable[[str, Sequence[str]], Sequence[str]]
    invalid: type[InvalidInput]
    in_another_encoding: str = ""
