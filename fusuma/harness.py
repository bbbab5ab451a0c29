"""Every party of a run in one process: what ``fusuma programme test`` decides encrypted with.

Keys, ciphertexts, seals and signatures are real and fresh for every plan; what is missing is the
network, the matcher's checks of who may do what, and control slots. It shows that a programme comes
out under a scheme as its rule says, not that a federation is set up well.

Rules:
 * Answers are encrypted or sealed as an agency does it, evaluated by the blind side or the measured
   program, and opened with the requester's own code.
 * A chunk that is not full is filled up with its last subject.
 * Where every slot costs as much as the next, as Paillier's do, a chunk has only as many as needed.
 * A key opens no more than its scheme allows; after that there is a new one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from matcher.core.errors import InvalidConfiguration
from matcher.core.paillier_parameters import PaillierParameters
from matcher.core.parameters import Parameters
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
            InvalidConfiguration: there are no subjects.
            SchemeRefused: the scheme's library is not installed.
        """
        subjects = len(answers[0])
        if not subjects:
            raise InvalidConfiguration("there is nobody to decide about")
        if plan.scheme is Scheme.CLEAR:
            return _in_the_clear(plan, answers)
        slots = _slots(plan, subjects)
        chunks = list(_chunks(answers, slots))
        if plan.scheme is Scheme.ENCLAVE:
            # Keys, certificates and a simulated platform are made only where they are needed.
            from fusuma.harness_enclave import decide_sealed  # noqa: PLC0415

            decided = [decide_sealed(plan, chunk) for chunk in chunks]
        else:
            decided = list(_encrypted(_with_slots(plan, slots), chunks))
        return np.concatenate(decided)[:subjects]


def _slots(plan: Plan, subjects: int) -> int:
    """Return how many slots every chunk of so many subjects has here."""
    if not isinstance(plan.parameters, PaillierParameters):
        return plan.chunk_slots
    chunks = -(-subjects // plan.chunk_slots)
    return -(-subjects // chunks)


def _with_slots(plan: Plan, slots: int) -> Plan:
    if not isinstance(plan.parameters, PaillierParameters):
        return plan
    return replace(plan, parameters=replace(plan.parameters, slots=slots), chunk_slots=slots)


def _chunks(answers: Answers, slots: int) -> Iterator[Answers]:
    for first in range(0, len(answers[0]), slots):
        chunk = [codes[first : first + slots] for codes in answers]
        yield [np.pad(codes, (0, slots - len(codes)), "edge") for codes in chunk]


def _in_the_clear(plan: Plan, answers: Answers) -> NDArray[np.uint8]:
    """Carry out the plan's circuits on plain columns; values have no circuit."""
    if plan.column_kind is ColumnKind.VALUE:
        return evaluate_answers(plan, answers)
    evaluator, columns = ClearEvaluator(), _columns(plan, answers)
    outputs = [evaluator.evaluate(circuit, columns) for circuit in plan.circuits]
    return decisions_from(plan, outputs)


def _encrypted(plan: Plan, chunks: Sequence[Answers]) -> Iterator[NDArray[np.uint8]]:
    """Yield the decisions of every chunk, under as many keys as it takes."""
    if plan.parameters is None:
        raise InvalidConfiguration("the plan is not for a homomorphic scheme")
    most = plan.parameters.most_decryptions
    a_key = len(chunks) if most is None else max(most // len(plan.circuits), 1)
    for first in range(0, len(chunks), a_key):
        yield from _one_run(plan, plan.parameters, chunks[first : first + a_key])


def _one_run(
    plan: Plan, parameters: Parameters, chunks: Sequence[Answers]
) -> Iterator[NDArray[np.uint8]]:
    """Encrypt every column of every chunk, evaluate every output blindly, decrypt."""
    # A scheme is loaded only where something is encrypted.
    from clients.requester.keys import HomomorphicKey  # noqa: PLC0415
    from clients.schemes.encryptors import encryptor  # noqa: PLC0415
    from matcher.schemes.blind import blind_evaluator  # noqa: PLC0415

    nonce = os.urandom(_NONCE_BYTES)
    key = HomomorphicKey(plan, nonce)
    if key.public_key is None:
        raise InvalidConfiguration("the scheme has no public key")
    encrypting = encryptor(parameters, nonce, key.public_key)
    evaluator = blind_evaluator(parameters, nonce, key.public_key, key.evaluation_key)
    opener = key.opener(plan.digest)
    for number, answers in enumerate(chunks):
        columns = {
            column: encrypting.encrypt(values) for column, values in _columns(plan, answers).items()
        }
        yield opener.decide(
            [opener.open(number, evaluator.evaluate(one, columns)) for one in plan.circuits]
        )


def _columns(plan: Plan, answers: Answers) -> Mapping[int, NDArray[np.uint8]]:
    columns: dict[int, NDArray[np.uint8]] = {}
    for question, codes in zip(plan.questions, answers, strict=True):
        columns |= encode_answers(plan, question, codes)
    return columns
