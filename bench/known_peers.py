"""Other implementations of the same decision that a benchmark can measure in the same run.

Rules:
 * Named here, so that a scenario file is checked before anything is measured; how each is measured
   is said elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping

KERNELS = "seal-kernels"

PEERS: Mapping[str, str] = {
    KERNELS: "Bare kernels of SEAL",
    "tenseal": "TenSEAL, one subject at a time",
    "concrete": "Concrete (TFHE)",
    "openmined-psi": "OpenMined PSI on the two filtered sets",
}
"""Titles by name."""
