"""Concrete: the predicate compiled to TFHE, both attributes encrypted, one subject at a time.

The server gets the circuit and the evaluation keys; inputs and the verdict cross in their
serialised form, as in the library's guide to deployment.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

from concrete import fhe  # type: ignore[import-not-found]  # own environment

PACKAGES = ("concrete-python", "numpy")
BRACKETS = 8
GRADES = 7


def prepare(task: dict[str, Any]) -> Callable[[], list[bool]]:
    """Compile the predicate, make the keys and return what decides."""
    compiler = fhe.Compiler(_eligible, {"bracket": "encrypted", "grade": "encrypted"})
    circuit = compiler.compile(list(product(range(BRACKETS), range(GRADES))))
    server, client = circuit.server, fhe.Client(circuit.client.specs)
    client.keys.generate()
    keys = fhe.EvaluationKeys.deserialize(client.evaluation_keys.serialize())
    subjects = list(zip(task["brackets"], task["grades"], strict=True))

    def decide() -> list[bool]:
        verdicts = []
        for bracket, grade in subjects:
            sent = [value.serialize() for value in client.encrypt(bracket, grade)]
            received = [fhe.Value.deserialize(value) for value in sent]
            answer = server.run(*received, evaluation_keys=keys).serialize()
            verdicts.append(bool(client.decrypt(fhe.Value.deserialize(answer))))
        return verdicts

    return decide


def _eligible(bracket: Any, grade: Any) -> Any:
    return (bracket <= 3) & ((grade == 1) | (grade == 2))
