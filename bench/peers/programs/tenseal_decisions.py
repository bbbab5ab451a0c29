"""TenSEAL, one subject at a time: two agencies encrypt a miss bit each, a server adds and masks.

The context is that of the library's getting-started tutorial: BFV with 4,096 coefficients, the
default coefficient modulus and the plaintext modulus 1,032,193. Parties exchange serialised
vectors and each restores a context without the secret key, as its encrypted-inference demo shows:
there a query carries its context, which the server restores every time.

The task has ``brackets`` and ``grades``, and says in ``context`` whether it comes ``with every
query`` or is ``kept``, which the tutorials do not do.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import tenseal as ts

PACKAGES = ("tenseal", "numpy")
DEGREE = 4096
PLAIN_MODULUS = 1_032_193


def prepare(task: dict[str, Any]) -> Callable[[], list[bool]]:
    """Make the requester's keys, hand out the public context, and return what decides."""
    requester = ts.context(
        ts.SCHEME_TYPE.BFV, poly_modulus_degree=DEGREE, plain_modulus=PLAIN_MODULUS
    )
    public = requester.serialize(save_secret_key=False)
    tax, welfare = ts.context_from(public), ts.context_from(public)
    kept = ts.context_from(public) if task["context"] == "kept" else None
    subjects = list(zip(task["brackets"], task["grades"], strict=True))

    def decide() -> list[bool]:
        verdicts = []
        for bracket, grade in subjects:
            income = ts.bfv_vector(tax, [int(bracket > 3)]).serialize()
            certificate = ts.bfv_vector(welfare, [int(grade not in (1, 2))]).serialize()
            server = kept or ts.context_from(public)
            misses = ts.bfv_vector_from(server, income) + ts.bfv_vector_from(server, certificate)
            mask = 1 + secrets.randbelow(PLAIN_MODULUS - 1)
            answer = (misses * [mask]).serialize()
            verdicts.append(ts.bfv_vector_from(requester, answer).decrypt()[0] == 0)
        return verdicts

    return decide
