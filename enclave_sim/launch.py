"""Launches the program on the simulated platform: measures it, then gives it its terms.

The measurement is computed by the same function whether an enclave starts or an agency wants a
reference value, from the same configuration file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from enclave_sim.config import EnclaveConfig
from enclave_sim.measurement import measure, measured_files
from enclave_sim.platform import load_platform
from enclave_sim.program import SECURITY_VERSION
from enclave_sim.program.enclave import Enclave
from enclave_sim.program.policy import EvaluationPolicy


@dataclass(frozen=True, slots=True)
class EnclaveIdentity:
    """What an appraisal policy compares.

    Attributes:
        measurement: of program, evaluation policy and authority, 48 bytes.
        security_version: of the program.
        policy: the terms under which the enclave evaluates.
    """

    measurement: bytes
    security_version: int
    policy: EvaluationPolicy


def identify(config: EnclaveConfig) -> EnclaveIdentity:
    """Return the identity that an enclave started from ``config`` has."""
    policy = EvaluationPolicy(config.authority.digest, config.limits)
    measurement = measure(measured_files(), policy.digest, config.authority.digest)
    return EnclaveIdentity(measurement, SECURITY_VERSION, policy)


def launch(config: EnclaveConfig, clock: Callable[[], int]) -> tuple[EnclaveIdentity, Enclave]:
    """Start the program of ``config`` on its platform.

    Raises:
        InvalidConfiguration: there is no usable platform at the configured place.
    """
    identity = identify(config)
    platform = load_platform(config.platform)
    launched = platform.launch(identity.measurement, identity.security_version, debug=config.debug)
    return identity, Enclave(identity.policy, config.authority, launched, clock)
