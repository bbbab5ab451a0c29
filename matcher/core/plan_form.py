"""The form of a plan that its digest is over.

Rules:
 * Everything that affects evaluation is in it; titles and other words for people are not.
 * Primes are text: they exceed what a JSON number carries exactly.
"""

from __future__ import annotations

from datetime import date

from matcher.core.canonical import JsonObject
from matcher.core.identifiers import Digest
from matcher.core.layout import Asked, Layout
from matcher.core.parameters import Parameters
from matcher.core.questions import column_json, output_json, question_json
from matcher.core.scheme import ColumnKind, Scheme


def plan_json(
    *,
    programme_digest: Digest,
    scheme: Scheme,
    column_kind: ColumnKind,
    reference_date: date,
    asked: Asked,
    layout: Layout,
    parameters: Parameters | None,
    chunk_slots: int,
) -> JsonObject:
    """Return what a plan's digest is over.

    Args:
        programme_digest: of the bundle.
        scheme: how attributes are protected.
        column_kind: what an answer turns into.
        reference_date: the day whose parameters count.
        asked: what the plan was laid out from.
        layout: its questions, columns and outputs.
        parameters: of the homomorphic scheme.
        chunk_slots: slots of a chunk.
    """
    return {
        "plan": 2,
        "programme": programme_digest.hex(),
        "scheme": scheme.value,
        "column_kind": column_kind.value,
        "reference_date": reference_date.isoformat(),
        "unit": "household" if asked.household else "person",
        "seats": asked.seats,
        "agencies": dict(sorted(asked.agencies.items())),
        "predicate": asked.describe(asked.predicate),
        "tiers": [asked.describe(tier) for tier in asked.tiers],
        "questions": [question_json(question) for question in layout.questions],
        "columns": [column_json(column) for column in layout.columns],
        "outputs": [output_json(output) for output in layout.outputs],
        "parameters": None if parameters is None else parameters.to_json(),
        "chunk_slots": chunk_slots,
    }
