"""What a plan costs: bytes on the wire and multiplications, known before anything runs.

Rules:
 * Figures follow from the plan alone; nothing is measured here.
 * Signatures, framing and key-exchange bytes of sealed columns are not counted: they are a few
   hundred to a few thousand bytes a chunk.
"""

from __future__ import annotations

from dataclasses import dataclass

from matcher.core.canonical import JsonObject
from matcher.core.circuit import depth_of, multiplications_of
from matcher.core.plan import Plan
from matcher.core.values import bytes_per_value


@dataclass(frozen=True, slots=True)
class Cost:
    """What one plan costs.

    Attributes:
        columns: encrypted or sealed vectors over the cohort.
        outputs: vectors the requester opens.
        column_bytes: bytes per slot of the largest column.
        upload_bytes: bytes per slot over all columns.
        download_bytes: bytes per slot over all outputs.
        multiplications: nested ciphertext multiplications.
        products: ciphertext multiplications a chunk, nested or not, over all outputs.
        key_bytes: bytes of the run's public keys, once a run.
    """

    columns: int
    outputs: int
    column_bytes: float
    upload_bytes: float
    download_bytes: float
    multiplications: int
    products: int
    key_bytes: int

    def to_json(self) -> JsonObject:
        """Return the figures with byte counts in hundredths, since canonical JSON has no floats."""
        return {
            "columns": self.columns,
            "outputs": self.outputs,
            "hundredths_of_bytes_per_slot_and_column": round(100 * self.column_bytes),
            "hundredths_of_bytes_per_slot_uploaded": round(100 * self.upload_bytes),
            "hundredths_of_bytes_per_slot_downloaded": round(100 * self.download_bytes),
            "multiplications": self.multiplications,
            "products": self.products,
            "key_bytes": self.key_bytes,
        }


def cost_of(plan: Plan) -> Cost:
    """Return what ``plan`` costs."""
    depth = max((depth_of(circuit) for circuit in plan.circuits), default=0)
    parameters = plan.parameters
    if parameters is None:
        widths = [
            bytes_per_value(question.attribute) if question.attribute is not None else 1
            for question in plan.questions
            for _ in question.columns
        ]
        return Cost(
            columns=len(widths),
            outputs=len(plan.outputs),
            column_bytes=max(widths),
            upload_bytes=sum(widths),
            download_bytes=1,
            multiplications=depth,
            products=0,
            key_bytes=0,
        )
    column = parameters.ciphertext_bytes / parameters.slots
    output = parameters.output_bytes / parameters.slots
    return Cost(
        columns=len(plan.columns),
        outputs=len(plan.outputs),
        column_bytes=column,
        upload_bytes=column * len(plan.columns),
        download_bytes=output * len(plan.outputs),
        multiplications=depth,
        products=sum(multiplications_of(circuit) for circuit in plan.circuits),
        key_bytes=parameters.public_key_bytes + (parameters.evaluation_key_bytes if depth else 0),
    )
