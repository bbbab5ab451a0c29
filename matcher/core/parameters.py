"""Every parameter set of every homomorphic scheme, and what all of them can be asked.

Rules:
 * Names are unique over all schemes and begin with the scheme's.
 * What a run needs to know of its parameters is in ``Parameters``; what only its scheme needs, in
   the scheme's own class.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from matcher.core.bfv_parameters import BFV_SETS, BfvParameters
from matcher.core.bgv_parameters import BGV_SETS, BgvParameters
from matcher.core.ckks_parameters import CKKS_SETS, CkksParameters
from matcher.core.errors import InvalidConfiguration
from matcher.core.nearest import nearest
from matcher.core.paillier_parameters import PAILLIER_SETS, PaillierParameters
from matcher.core.scheme import Scheme

Parameters: TypeAlias = BgvParameters | BfvParameters | CkksParameters | PaillierParameters
"""All have: name, scheme, slots, ciphertext_bytes, output_bytes, public_key_bytes,
evaluation_key_bytes, security, resists_quantum, most_decryptions and to_json()."""

PARAMETER_SETS: Mapping[str, Parameters] = {
    **BGV_SETS,
    **BFV_SETS,
    **CKKS_SETS,
    **PAILLIER_SETS,
}


def parameter_sets(scheme: Scheme) -> tuple[Parameters, ...]:
    """Return the sets of ``scheme``, the cheapest first; none where it needs none."""
    return tuple(row for row in PARAMETER_SETS.values() if row.scheme is scheme)


def parameter_set(name: str, scheme: Scheme) -> Parameters:
    """Return the set called ``name``.

    Raises:
        InvalidConfiguration: the scheme has no set of that name; names the nearest it has.
    """
    row = PARAMETER_SETS.get(name)
    if row is not None and row.scheme is scheme:
        return row
    own = [one.name for one in parameter_sets(scheme)]
    owner = "" if row is None else f": it is one of {row.scheme.value}"
    raise InvalidConfiguration(
        f"the scheme {scheme.value} has no parameter set {name[:80]!r}{owner}",
        fix=nearest(name, own) if own else "leave it out: the scheme needs none",
    )
