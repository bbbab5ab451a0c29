"""All parties of a run under CKKS, and what the holder of the key can make and see beyond verdicts.

Values are seen here only: nothing outside the tests turns an output into numbers.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tenseal import sealapi

from clients.schemes.ckks import CkksEncryptor, CkksSecretKey
from clients.schemes.tenseal_keys import secret_residues
from matcher.core.circuit import Circuit, columns_of
from matcher.core.ckks_parameters import CKKS_SETS, CkksParameters
from matcher.schemes.ckks import CkksEvaluator
from matcher.schemes.ckks_format import encoder, pack_output, unpack_output
from matcher.schemes.tenseal_format import residues_in, ring, saved
from tests.bfv_phases import KeyHolder
from tests.bgv_phases import Integers

NONCE = bytes(range(32))


@dataclass(frozen=True)
class Run:
    """A requester, a provider and a matcher of one run."""

    parameters: CkksParameters
    key: CkksSecretKey
    public_key: bytes
    evaluation_key: bytes | None
    encryptor: CkksEncryptor
    holder: KeyHolder

    def evaluator(self, random_bytes: Callable[[int], bytes] | None = None) -> CkksEvaluator:
        return CkksEvaluator(
            self.parameters, NONCE, self.public_key, self.evaluation_key, random_bytes=random_bytes
        )

    def encrypt(self, columns: Mapping[int, NDArray[np.uint8]]) -> dict[int, bytes]:
        return {index: self.encryptor.encrypt(values) for index, values in columns.items()}

    def values(self, output: bytes) -> NDArray[np.complex128]:
        """What a requester could see that changed its software."""
        plain = sealapi.Plaintext()
        loaded = unpack_output(self.holder.ring, self.parameters, output)
        self.key._decryptor.decrypt(loaded, plain)
        return np.array(encoder(self.parameters).decode_complex(plain))

    def output_of(self, values: NDArray[Any]) -> bytes:
        """An output with these slots, made with the secret key."""
        parameters, ring_ = self.parameters, self.holder.ring
        level = list(ring_.level_ids[parameters.output_level])
        plain, encrypted = sealapi.Plaintext(), sealapi.Ciphertext()
        scale = float(parameters.output_scale)
        encoder(parameters).encode(values.astype(np.complex128).tolist(), level, scale, plain)
        secret = self.key._keys._generator.secret_key()
        sealapi.Encryptor(ring_.context, secret).encrypt_symmetric(plain, encrypted)
        return pack_output(ring_, parameters, encrypted)

    def phase(self, ciphertext: Any) -> Integers:
        """Coefficients around 0 of a ciphertext that has lost no prime."""
        polynomials = residues_in(self.holder.ring, saved(ciphertext), 0)
        return self.holder.phase(np.stack([self.holder.coefficients(one) for one in polynomials]))


@lru_cache(maxsize=4)
def run_of(name: str) -> Run:
    """A run under a parameter set, the same for the whole process."""
    parameters = CKKS_SETS[name]
    key = CkksSecretKey.generate(parameters, NONCE)
    public_key = key.public_key()
    evaluation_key = key.evaluation_key() if parameters.factors > 1 else None
    return Run(
        parameters,
        key,
        public_key,
        evaluation_key,
        CkksEncryptor(parameters, NONCE, public_key),
        KeyHolder(ring(parameters), secret_residues(ring(parameters), key._keys._generator)),
    )


def random_columns(
    circuit: Circuit, slots: int, seed: int, share: float = 0.5
) -> dict[int, NDArray[np.uint8]]:
    """Misses for every column that ``circuit`` reads."""
    rng = np.random.default_rng(seed)
    return {
        index: (rng.random(slots) < share).astype(np.uint8)
        for index in sorted(set(columns_of(circuit)))
    }
