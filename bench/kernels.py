"""Times the bare operations of the BGV library, without files, messages or processes.

What a run costs beyond these is what the system adds: ``kernel_ratio`` is the CPU time of all
processes over ``total_seconds`` on as many chunks of as many columns.

Rules:
 * The operations are SEAL's own, encryption included, called as simply as its binding allows:
   no packing, no header, no check. Only the flood is ours, because no library has one.
 * CPU time of this process, not wall time, so that neighbours on the machine do not count.
 * Every chunk goes through all operations one after the other, as in a run, so that caches are
   as warm or cold as they are there.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import ParamSpec, TypeVar

import numpy as np
import seal
from numpy.typing import NDArray

from matcher.core.bgv_noise import output_noise
from matcher.core.bgv_parameters import BgvParameters
from matcher.core.circuit import Miss, Sum
from matcher.schemes.bgv_blinding import draw_flood
from matcher.schemes.bgv_format import load_ciphertext, ring
from matcher.schemes.randomness import CipherStream, draw_masks

T = TypeVar("T")
P = ParamSpec("P")


def measure_kernels(parameters: BgvParameters, chunks: int, columns: int) -> dict[str, float]:
    """Return the mean CPU seconds of one call of every operation.

    The run is a conjunction of ``columns`` random decision columns over ``chunks`` chunks.

    Returns:
        ``encode``, ``encrypt``, ``load`` and ``add`` are per column and chunk (the last addition is
        that of the zero), ``mask``, ``encrypt_zero``, ``flood`` and ``decrypt`` per chunk.
    """
    kernels = _Kernels(parameters, columns)
    rng = np.random.default_rng(0)
    kernels.run(rng.integers(0, 2, (columns, parameters.degree), dtype=np.uint64))
    kernels.clock.reset()
    for _ in range(chunks):
        kernels.run(rng.integers(0, 2, (columns, parameters.degree), dtype=np.uint64))
    return kernels.clock.means()


def total_seconds(kernels: Mapping[str, float], chunks: int, columns: int) -> float:
    """Return the CPU seconds that the bare operations of a whole run take."""
    per_column = kernels["encode"] + kernels["encrypt"] + kernels["load"]
    per_chunk = kernels["mask"] + kernels["encrypt_zero"] + kernels["flood"] + kernels["decrypt"]
    return chunks * (columns * (per_column + kernels["add"]) + per_chunk)


class _Clock:
    """Adds up CPU time by operation."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = defaultdict(float)
        self._calls: dict[str, int] = defaultdict(int)

    def time(self, operation: str, call: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
        before = time.process_time()
        result = call(*args, **named)
        self._seconds[operation] += time.process_time() - before
        self._calls[operation] += 1
        return result

    def reset(self) -> None:
        self._seconds.clear()
        self._calls.clear()

    def means(self) -> dict[str, float]:
        return {name: self._seconds[name] / self._calls[name] for name in self._seconds}


class _Kernels:
    """One requester, provider and matcher made of library calls only."""

    def __init__(self, parameters: BgvParameters, columns: int) -> None:
        self.clock = _Clock()
        self._ring = ring(parameters)
        generator = seal.KeyGenerator(self._ring.context)
        self._encryptor = seal.Encryptor(self._ring.context, generator.create_public_key())
        self._decryptor = seal.Decryptor(self._ring.context, generator.secret_key())
        misses = tuple(Miss(index) for index in range(columns))
        self._circuit = Sum(misses) if columns > 1 else misses[0]
        self._random_bytes = CipherStream()

    def run(self, chunk: NDArray[np.uint64]) -> None:
        """Carry one chunk, shape (columns, slots), from clear values to a decrypted output."""
        clock, evaluator = self.clock, self._ring.evaluator
        stored = [self._stored(column) for column in chunk]
        load = self._ring.context.from_cipher_str
        total, *addends = [clock.time("load", load, data) for data in stored]
        for addend in addends:
            clock.time("add", evaluator.add_inplace, total, addend)
        clock.time("mask", self._mask, total, draw_masks(self._random_bytes, chunk.shape[1]))
        zero = clock.time("encrypt_zero", self._encryptor.encrypt_zero)
        clock.time("add", evaluator.add_inplace, total, zero)
        clock.time("flood", self._flood, total)
        clock.time("decrypt", self._decrypted, total)

    def _stored(self, column: NDArray[np.uint64]) -> bytes:
        plain = self.clock.time("encode", self._ring.encoder.encode, column)
        ciphertext = self.clock.time("encrypt", self._encryptor.encrypt, plain)
        data: bytes = ciphertext.to_string(seal.compr_mode_type.none)
        return data

    def _mask(self, output: seal.Ciphertext, masks: NDArray[np.uint64]) -> None:
        self._ring.evaluator.multiply_plain_inplace(output, self._ring.encoder.encode(masks))

    def _decrypted(self, output: seal.Ciphertext) -> NDArray[np.uint64]:
        slots: NDArray[np.uint64] = self._ring.encoder.decode_uint64(
            self._decryptor.decrypt(output)
        )
        return slots

    def _flood(self, output: seal.Ciphertext) -> None:
        noise = output_noise(self._ring.parameters, self._circuit)
        drawn = draw_flood(self._ring, noise.level, noise.flood, self._random_bytes)
        addend = np.stack([drawn, np.zeros_like(drawn)])
        self._ring.evaluator.add_inplace(
            output, load_ciphertext(self._ring, addend, noise.level, transformed=False)
        )
        self._ring.evaluator.mod_switch_to_inplace(output, self._ring.context.last_parms_id())
