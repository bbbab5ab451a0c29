"""The key of one run, and what it opens.

A run's key is made for the run, lives in this process's memory and is dropped with it. Nothing here
checks where a payload came from: ``results`` does that first.

Rules:
 * No key is written anywhere or used for a second run.
 * Every failure to open is one and the same ``DecryptionRefused``: whoever made the payload learns
   nothing from the answer.
 * Nothing but decisions leaves; decrypted values that are not 0 are random and are dropped.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from clients.schemes.secret_keys import SecretKey, generate_secret_key
from matcher.core.binding import verdict_seal_info
from matcher.core.circuit import depth_of
from matcher.core.errors import DecryptionRefused, SchemeRefused
from matcher.core.identifiers import Digest
from matcher.core.plan import Plan
from matcher.core.scheme import Bound, Scheme
from matcher.core.verdict import Verdict, decision_of_tier, decisions_of
from matcher.identity.keys import SealingKey
from matcher.identity.sealing import unseal


class Opener(Protocol):
    """Turns the verified outputs of one chunk into decisions."""

    def open(self, chunk: int, payload: bytes) -> NDArray[np.uint64]:
        """Return the values in one output's payload, shape (chunk_slots,).

        Raises:
            DecryptionRefused: the payload cannot be opened.
        """
        ...

    def decide(self, outputs: Sequence[NDArray[np.uint64]]) -> NDArray[np.uint8]:
        """Return decisions from the values of all outputs, in the plan's order."""
        ...


class RunKey(Protocol):
    """A run's key: the public parts the statement commits to, and what opens the results.

    Attributes:
        public_key: to be uploaded; None for an enclave run.
        evaluation_key: to be uploaded; None where the plan multiplies nothing.
        result_key: HPKE public key in the statement; empty for homomorphic schemes.
    """

    public_key: bytes | None
    evaluation_key: bytes | None
    result_key: bytes

    def opener(self, statement: Digest) -> Opener:
        """Return what opens the results of the run with this statement."""
        ...


def make_key(plan: Plan, nonce: bytes) -> RunKey:
    """Return a fresh key for a run of ``plan`` with ``nonce``.

    Raises:
        SchemeRefused: the scheme is not for runs between agencies.
    """
    match plan.scheme:
        case Scheme.BGV | Scheme.BFV | Scheme.CKKS | Scheme.PAILLIER:
            return HomomorphicKey(plan, nonce)
        case Scheme.ENCLAVE:
            return ResultKey(plan)
        case Scheme.CLEAR:
            raise SchemeRefused("the scheme clear is not for runs between agencies")


class HomomorphicKey:
    """A key pair of a homomorphic scheme."""

    def __init__(self, plan: Plan, nonce: bytes) -> None:
        if plan.parameters is None:
            raise SchemeRefused("the plan is not for a homomorphic scheme")
        self._secret_key = generate_secret_key(plan.parameters, nonce)
        self._plan = plan
        multiplies = any(depth_of(circuit) for circuit in plan.circuits)
        self.public_key: bytes | None = self._secret_key.public_key()
        self.evaluation_key = self._secret_key.evaluation_key() if multiplies else None
        self.result_key = b""

    def __repr__(self) -> str:
        return "HomomorphicKey(<redacted>)"

    def opener(self, statement: Digest) -> Opener:  # noqa: ARG002
        """Return what decrypts masked outputs; their binding to the run is in the manifests."""
        return _MaskedOpener(self._secret_key, self._plan)


class ResultKey:
    """An HPKE key pair to which an enclave seals verdicts."""

    def __init__(self, plan: Plan) -> None:
        self._private_key = SealingKey.generate()
        self._plan = plan
        self.public_key: bytes | None = None
        self.evaluation_key: bytes | None = None
        self.result_key = self._private_key.public_bytes

    def __repr__(self) -> str:
        return "ResultKey(<redacted>)"

    def opener(self, statement: Digest) -> Opener:
        """Return what unseals the verdicts of the run with this statement."""
        return _SealedOpener(self._private_key, statement, self._plan)


class _MaskedOpener:
    def __init__(self, secret_key: SecretKey, plan: Plan) -> None:
        tiers = [output for output in plan.outputs if output.bound is not Bound.OPTIMISTIC]
        optimistic = [output for output in plan.outputs if output.bound is Bound.OPTIMISTIC]
        self._tiers = [one.index for one in sorted(tiers, key=lambda output: output.tier)]
        self._optimistic = optimistic[0].index if optimistic else None
        self._secret_key = secret_key

    def open(self, chunk: int, payload: bytes) -> NDArray[np.uint64]:  # noqa: ARG002
        return self._secret_key.decrypt(payload)

    def decide(self, outputs: Sequence[NDArray[np.uint64]]) -> NDArray[np.uint8]:
        certain = [outputs[index] == 0 for index in self._tiers]
        if self._optimistic is None:
            # Nothing can be unknown: who is in no tier is not eligible.
            return decisions_of(certain, ~np.logical_or.reduce(certain))
        return decisions_of(certain, outputs[self._optimistic] != 0)


class _SealedOpener:
    def __init__(self, private_key: SealingKey, statement: Digest, plan: Plan) -> None:
        self._private_key = private_key
        self._statement = statement
        self._slots = plan.chunk_slots
        self._largest = max(*Verdict, decision_of_tier(len(plan.tiers) - 1))

    def open(self, chunk: int, payload: bytes) -> NDArray[np.uint64]:
        plain = unseal(self._private_key, verdict_seal_info(self._statement, chunk), payload)
        values = np.frombuffer(plain, dtype=np.uint8)
        if values.size != self._slots or values.max() > self._largest:
            raise DecryptionRefused("the seal cannot be opened")
        return values.astype(np.uint64)

    def decide(self, outputs: Sequence[NDArray[np.uint64]]) -> NDArray[np.uint8]:
        return outputs[0].astype(np.uint8)
