"""How a run protects attributes, and what kind of column an agency sends."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Scheme(StrEnum):
    """The cryptography of a run; ``clear`` is the plaintext reference of tests and benchmarks."""

    BGV = "bgv"
    BFV = "bfv"
    CKKS = "ckks"
    PAILLIER = "paillier"
    ENCLAVE = "enclave"
    CLEAR = "clear"


class OfferedScheme(StrEnum):
    """The schemes of runs between agencies: all but ``clear``. CKKS is for research."""

    BGV = Scheme.BGV.value
    BFV = Scheme.BFV.value
    CKKS = Scheme.CKKS.value
    PAILLIER = Scheme.PAILLIER.value
    ENCLAVE = Scheme.ENCLAVE.value


class ColumnKind(StrEnum):
    """What one question to an agency turns into.

    ``decision``: the agency answers a literal; the column holds the miss.
    ``attribute``: a one-hot vector over the classes of one attribute; the matcher selects.
    ``value``: typed values with presence, for an enclave.
    """

    DECISION = "decision"
    ATTRIBUTE = "attribute"
    VALUE = "value"


class EncryptedColumns(StrEnum):
    """The columns of homomorphic runs; an enclave always gets values."""

    DECISION = ColumnKind.DECISION.value
    ATTRIBUTE = ColumnKind.ATTRIBUTE.value


class Bound(StrEnum):
    """Which side of Kleene's third value a column or an output takes.

    A pessimistic miss is 0 iff the literal is true, an optimistic miss is 1 iff it is false.
    ``both`` stands where nothing can be unknown, so that one column serves both bounds.
    """

    BOTH = "both"
    PESSIMISTIC = "pessimistic"
    OPTIMISTIC = "optimistic"


_HOMOMORPHIC = (ColumnKind.DECISION, ColumnKind.ATTRIBUTE)

COLUMN_KINDS: Mapping[Scheme, tuple[ColumnKind, ...]] = {
    Scheme.BGV: _HOMOMORPHIC,
    Scheme.BFV: _HOMOMORPHIC,
    Scheme.CKKS: _HOMOMORPHIC,
    Scheme.PAILLIER: _HOMOMORPHIC,
    Scheme.ENCLAVE: (ColumnKind.VALUE,),
    Scheme.CLEAR: (ColumnKind.DECISION, ColumnKind.VALUE, ColumnKind.ATTRIBUTE),
}
"""What an agency can send under a scheme, the usual kind first."""

HOMOMORPHIC_SCHEMES = (Scheme.BGV, Scheme.BFV, Scheme.CKKS, Scheme.PAILLIER)
"""The schemes under which the matcher computes on ciphertexts, the usual one first."""
