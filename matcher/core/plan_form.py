"""The form of a plan that its digest is over.

Rules:
 * Everything that affects evaluation is in it; titles and other words for people are not.
 * Primes are text: they exceed what a JSON number carries exactly.
"""

from __future__ import annotations

from datetime import date

from matcher.core.canonical import JsonObject
from matcher.core.circuit import circuit_json
from matcher.core.identifiers import Digest
from matcher.core.layout import Layout
from matcher.core.parameters import BgvParameters
from matcher.core.questions import column_json, question_json
from matcher.core.scheme import ColumnKind, Scheme


def plan_json(
    *,
    programme_digest: Digest,
    scheme: Scheme,
    column_kind: ColumnKind,
    reference_date: date,
    predicate: str,
    layout: Layout,
    parameters: BgvParameters | None,
    chunk_slots: int,
) -> JsonObject:
    """Return what a plan's digest is over; arguments as the attributes of ``Plan``."""
    return {
        "plan": 1,
        "programme": programme_digest.hex(),
        "scheme": scheme.value,
        "column_kind": column_kind.value,
        "reference_date": reference_date.isoformat(),
        "predicate": predicate,
        "questions": [question_json(question) for question in layout.questions],
        "columns": [column_json(column) for column in layout.columns],
        "outputs": [
            {
                "bound": output.bound.value,
                "circuit": None if output.circuit is None else circuit_json(output.circuit),
            }
            for output in layout.outputs
        ],
        "parameters": None if parameters is None else _parameters_json(parameters),
        "chunk_slots": chunk_slots,
    }


def _parameters_json(parameters: BgvParameters) -> JsonObject:
    return {
        "name": parameters.name,
        "degree": parameters.degree,
        "plain_modulus": parameters.plain_modulus,
        "primes": [str(prime) for prime in parameters.primes],
        "special_prime": str(parameters.special_prime),
    }
