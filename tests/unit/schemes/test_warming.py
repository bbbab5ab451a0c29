from __future__ import annotations

import subprocess
import sys

import pytest

from matcher.core.scheme import Scheme

# The library of every scheme that has one of its own.
LIBRARIES = {Scheme.BGV: "seal", Scheme.BFV: "tenseal"}

PROGRAM = """
import sys
from matcher.core.scheme import Scheme
from matcher.schemes.warming import warm
warm([Scheme(sys.argv[1])])
print(*sorted({"seal", "tenseal", "phe"} & sys.modules.keys()))
"""


@pytest.mark.parametrize("scheme", LIBRARIES)
def test_warming_loads_the_library_asked_for_and_no_other(scheme: Scheme) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, scheme.value], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [LIBRARIES[scheme]]
