"""Every party of a run in one process: what ``fusuma programme test`` decides encrypted with.

Keys, ciphertexts, seals and signatures are real and fresh for every plan; what is missing is the
network, the matcher's checks of who may do what, and control slots. It shows that a programme comes
out under a scheme as its rule says, not that a federation is set up well.

Rules:
 * Answers are encrypted or sealed as an agency does it, evaluated by the blind side or the measured
   program, and opened with the requester's own code.
 * A chunk that is not full is filled up with its last subject.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from matcher.core.errors import InvalidConfiguration
from matcher.core.plan import Plan, decisions_from, encode_answers, evaluate_answers
from matcher.core.scheme import ColumnKind, Scheme
from matcher.schemes.clear import ClearEvaluator

Answers = Sequence[NDArray[np.int32]]
_NONCE_BYTES = 32


class Harness:
    """Plays provider, matcher or enclave, and requester."""

    def decide(self, plan: Plan, answers: Answers) -> NDArray[np.uint8]:
        """Return one decision a subject, shape (subjects,).

        Args:
            plan: of any scheme and kind of column.
            answers: to every question of the plan in its order, each of shape (subjects,).

        Raises:
            InvalidConfiguration: there are more subjects than a chunk has slots, or none.
        """
        subjects = len(answers[0])
        if not 0 < subjects <= plan.chunk_slots:
            raise InvalidConfiguration(
                f"{subjects} subjects do not fit a chunk of {plan.chunk_slots} slots"
            )
        filled = [np.pad(codes, (0, plan.chunk_slots - subjects), "edge") for codes in answers]
        match plan.scheme:
            case Scheme.CLEAR:
                decisions = _in_the_clear(plan, filled)
            case Scheme.BGV | Scheme.BFV | Scheme.CKKS | Scheme.PAILLIER:
                decisions = _encrypted(plan, filled)
            case Scheme.ENCLAVE:
                # Keys, certificates and a simulated platform are made only where they are needed.
                from fusuma.harness_enclave import decide_sealed  # noqa: PLC0415

                decisions = decide_sealed(plan, filled)
        return decisions[:subjects]


def _in_the_clear(plan: Plan, answers: Answers) -> NDArray[np.uint8]:
    """Carry out the plan's circuits on plain columns; values have no circuit."""
    if plan.column_kind is ColumnKind.VALUE:
        return evaluate_answers(plan, answers)
    evaluator, columns = ClearEvaluator(), _columns(plan, answers)
    outputs = [evaluator.evaluate(circuit, columns) for circuit in plan.circuits]
    return decisions_from(plan, outputs)


def _encrypted(plan: Plan, answers: Answers) -> NDArray[np.uint8]:
    """Encrypt every column, evaluate every output blindly, decrypt."""
    # A scheme is loaded only where something is encrypted.
    from clients.requester.keys import HomomorphicKey  # noqa: PLC0415
    from clients.schemes.encryptors import encryptor  # noqa: PLC0415
    from matcher.schemes.blind import blind_evaluator  # noqa: PLC0415

    nonce = os.urandom(_NONCE_BYTES)
    key = HomomorphicKey(plan, nonce)
    if plan.parameters is None or key.public_key is None:
        raise InvalidConfiguration("the plan is not for a homomorphic scheme")
    encrypting = encryptor(plan.parameters, nonce, key.public_key)
    columns = {
        number: encrypting.encrypt(values) for number, values in _columns(plan, answers).items()
    }
    evaluator = blind_evaluator(plan.parameters, nonce, key.public_key, key.evaluation_key)
    opener = key.opener(plan.digest)
    return opener.decide(
        [opener.open(0, evaluator.evaluate(circuit, columns)) for circuit in plan.circuits]
    )


def _columns(plan: Plan, answers: Answers) -> Mapping[int, NDArray[np.uint8]]:
    columns: dict[int, NDArray[np.uint8]] = {}
    for question, codes in zip(plan.questions, answers, strict=True):
        columns |= encode_answers(plan, question, codes)
    return columns
