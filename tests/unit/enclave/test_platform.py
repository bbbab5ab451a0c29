from __future__ import annotations

import datetime as dt
import stat
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from enclave_sim.platform import (
    PLATFORM_CERTIFICATE,
    PLATFORM_KEY,
    ROOT_CERTIFICATE,
    ROOT_KEY,
    create_platform,
    load_platform,
)
from matcher.core.binding import Domain, bound
from matcher.core.errors import InvalidConfiguration
from matcher.wire.evidence import SIMULATED_PLATFORM, decode_quote

if TYPE_CHECKING:
    from pathlib import Path

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)


def test_platform_is_certified_by_its_vendor(tmp_path: Path) -> None:
    platform = create_platform(tmp_path, NOW, days=30)
    root = x509.load_pem_x509_certificate((tmp_path / ROOT_CERTIFICATE).read_bytes())

    platform.certificate.verify_directly_issued_by(root)
    assert platform.certificate.not_valid_after_utc == NOW + dt.timedelta(days=30)


def test_keys_are_for_their_owner_alone(tmp_path: Path) -> None:
    create_platform(tmp_path, NOW)

    for name in (ROOT_KEY, PLATFORM_KEY):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_platform_is_never_overwritten(tmp_path: Path) -> None:
    create_platform(tmp_path, NOW)
    before = (tmp_path / ROOT_KEY).read_bytes()

    with pytest.raises(InvalidConfiguration, match="already"):
        create_platform(tmp_path, NOW)
    assert (tmp_path / ROOT_KEY).read_bytes() == before


def test_loaded_platform_signs_what_the_program_asks_for(tmp_path: Path) -> None:
    create_platform(tmp_path, NOW)
    platform = load_platform(tmp_path)

    signed = platform.launch(b"m" * 48, 3, debug=True).quote(b"d" * 64)

    quote = decode_quote(signed.quote)
    assert (quote.platform, quote.measurement) == (SIMULATED_PLATFORM, b"m" * 48)
    assert (quote.security_version, quote.debug, quote.report_data) == (3, True, b"d" * 64)
    key = x509.load_der_x509_certificate(signed.platform_certificate).public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    key.verify(
        signed.signature, bound(Domain.PLATFORM_QUOTE, signed.quote), ec.ECDSA(hashes.SHA256())
    )


def test_directory_without_a_platform_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfiguration, match="no simulated platform"):
        load_platform(tmp_path)


def test_key_of_another_platform_is_refused(tmp_path: Path) -> None:
    create_platform(tmp_path / "a", NOW)
    create_platform(tmp_path / "b", NOW)
    (tmp_path / "a" / PLATFORM_CERTIFICATE).replace(tmp_path / "b" / PLATFORM_CERTIFICATE)

    with pytest.raises(InvalidConfiguration, match="does not belong"):
        load_platform(tmp_path / "b")


def test_private_keys_do_not_show_in_representations(tmp_path: Path) -> None:
    platform = create_platform(tmp_path, NOW)

    assert "key" not in repr(platform)
    assert "key" not in repr(platform.launch(b"m" * 48, 1, debug=False))
