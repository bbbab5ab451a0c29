"""How hard property tests try, and what a machine without an extra looks like."""

import sys

import pytest
from hypothesis import settings

# A few examples, always the same, or in a campaign many new ones.
settings.register_profile("suite", max_examples=120, derandomize=True, deadline=None, database=None)
settings.register_profile("campaign", max_examples=6000, deadline=None, print_blob=True)
settings.load_profile("suite")


@pytest.fixture
def without_paillier(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which the libraries of the extra ``paillier`` are not installed."""
    # An entry of None is Python's own way to say that a module cannot be imported.
    for module in ("phe", "gmpy2"):
        monkeypatch.setitem(sys.modules, module, None)
