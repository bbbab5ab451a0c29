"""What happens where a scheme's library is not installed: asked of real processes without it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from matcher.core.scheme import Scheme
from matcher.schemes.installed import check_installed, installed
from tests.architecture.source_tree import ROOT

# The first import of a name asks every finder in turn: this one finds that there is nothing.
HIDING = """
import json, sys
from importlib.machinery import PathFinder

class Without(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name.split(".")[0] in {hidden!r}:
            return None
        return PathFinder.find_spec(name, path, target)

sys.meta_path = [Without if finder is PathFinder else finder for finder in sys.meta_path]

from matcher.core.errors import SchemeRefused
from matcher.core.paillier_parameters import PAILLIER_SETS
from matcher.core.scheme import Scheme
from matcher.schemes.installed import check_installed, installed

def check():
    check_installed(Scheme.PAILLIER)

def generate():
    from clients.schemes.secret_keys import generate_secret_key
    generate_secret_key(PAILLIER_SETS["paillier-3072"], bytes(32))

def encrypt():
    from clients.schemes.encryptors import encryptor
    encryptor(PAILLIER_SETS["paillier-3072"], bytes(32), b"")

def evaluate():
    from matcher.schemes.blind import blind_evaluator
    blind_evaluator(PAILLIER_SETS["paillier-3072"], bytes(32), b"")

said = []
for use in (check, generate, encrypt, evaluate):
    try:
        use()
    except SchemeRefused as error:
        said.append(str(error))
print(json.dumps([said, [scheme.value for scheme in installed()], sorted(sys.modules)]))
"""

MISSING = {
    "both": (["phe", "gmpy2"], "phe and gmpy2, which are"),
    "phe": (["phe"], "phe, which is"),
    "gmpy2": (["gmpy2"], "gmpy2, which is"),
}


@pytest.mark.parametrize("case", MISSING)
def test_whoever_uses_an_absent_scheme_is_told_what_to_install(case) -> None:
    hidden, named = MISSING[case]
    done = subprocess.run(
        [sys.executable, "-c", HIDING.format(hidden=set(hidden))],
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'proto'}"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    said, schemes, loaded = json.loads(done.stdout)
    expected = (
        f"the scheme paillier needs {named} not installed; "
        "install fusuma with the extra, in its folder: pip install '.[paillier]'"
    )
    assert said == [expected] * 4
    assert "paillier" not in schemes
    assert {"bgv", "enclave"} <= set(schemes)
    assert not {name.split(".")[0] for name in loaded} & {"phe", "gmpy2"}


@pytest.mark.parametrize("scheme", Scheme)
def test_here_all_schemes_are_installed(scheme) -> None:
    check_installed(scheme)
    assert scheme in installed()
