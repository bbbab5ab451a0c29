"""What an agency knows about a list of subjects, attribute by attribute.

Rules:
 * Values are codes of the catalogue; ``codes`` is meaningless where ``present`` is false.
 * Every attribute of a table has the same number of rows, in the same order of subjects.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from matcher.core.identifiers import AttributeName


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """One attribute of n subjects.

    Attributes:
        codes: shape (n,).
        present: shape (n,); false where the agency has no value.
    """

    codes: NDArray[np.int32]
    present: NDArray[np.bool_]

    @classmethod
    def of(cls, codes: Iterable[int | None]) -> Values:
        """Return ``codes`` as an attribute, None standing for absence."""
        listed = list(codes)
        return cls(
            codes=np.array([0 if code is None else code for code in listed], dtype=np.int32),
            present=np.array([code is not None for code in listed], dtype=np.bool_),
        )

    def __len__(self) -> int:
        return len(self.codes)


Table: TypeAlias = Mapping[AttributeName, Values]


@dataclass(frozen=True, slots=True, eq=False)
class Grouping:
    """Which rows of a table belong together: the members of households.

    Attributes:
        groups: number of households, with or without members here.
        group_of: the household of every row, ascending, shape (rows,).
    """

    groups: int
    group_of: NDArray[np.int32]
