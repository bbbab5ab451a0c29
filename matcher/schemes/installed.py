"""Which schemes can be used here: some need a library that is an extra.

Rules:
 * Nothing is loaded to find out.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec

from matcher.core.errors import SchemeRefused
from matcher.core.scheme import Scheme

_EXTRAS: Mapping[Scheme, tuple[str, tuple[str, ...]]] = {
    Scheme.PAILLIER: ("paillier", ("phe", "gmpy2")),
}


def check_installed(scheme: Scheme) -> None:
    """Check that the libraries of ``scheme`` are installed.

    Raises:
        SchemeRefused: they are not; says what to install.
    """
    extra, modules = _EXTRAS.get(scheme, ("", ()))
    missing = [module for module in modules if find_spec(module) is None]
    if missing:
        raise SchemeRefused(
            f"the scheme {scheme.value} needs {' and '.join(missing)}, "
            f"which {'is' if len(missing) == 1 else 'are'} not installed",
            fix=f"install fusuma with the extra, in its folder: pip install '.[{extra}]'",
        )


def installed() -> tuple[Scheme, ...]:
    """Return the schemes whose libraries are installed."""
    return tuple(scheme for scheme in Scheme if _is_installed(scheme))


def _is_installed(scheme: Scheme) -> bool:
    return all(find_spec(module) is not None for module in _EXTRAS.get(scheme, ("", ()))[1])
