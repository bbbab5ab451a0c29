from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from fusuma.pki import IssuingAuthority
from matcher.core.errors import InvalidCard, InvalidCertificate, InvalidConfiguration
from matcher.identity.identity import Identity, load_identity, preflight
from matcher.identity.keys import SealingKey, SigningKey

Craft = Callable[..., x509.Certificate]


def test_an_identity_that_was_issued_passes_its_preflight(tax: Identity, now: int) -> None:
    assert preflight(tax, now).agency == "tax"


@pytest.mark.parametrize(
    "name", ["agency.crt", "agency.key", "signing.key", "sealing.key", "card.bin", "ca.crt"]
)
def test_a_missing_file_is_named(copied: Path, name: str) -> None:
    (copied / name).unlink()
    with pytest.raises(InvalidConfiguration, match="cannot be read") as refused:
        load_identity(copied)
    assert refused.value.where.endswith(name)
    assert "fusuma pki" in refused.value.fix


def test_an_oversized_file_is_refused_before_it_is_read(copied: Path) -> None:
    (copied / "card.bin").write_bytes(bytes(100_000))
    with pytest.raises(InvalidConfiguration, match="too large"):
        load_identity(copied)


def test_an_expired_certificate_is_explained(tax: Identity, now: int) -> None:
    with pytest.raises(InvalidCertificate, match="expired on") as refused:
        preflight(tax, now + 31 * 24 * 3600)
    assert "agency.crt" in refused.value.where


def test_the_wrong_authority_is_explained(
    copied: Path, other_authority: IssuingAuthority, now: int
) -> None:
    (copied / "ca.crt").write_bytes(other_authority.authority.pem)
    with pytest.raises(InvalidCertificate, match="not issued by") as refused:
        preflight(load_identity(copied), now)
    assert "ca.crt" in refused.value.fix


def test_a_tls_key_of_someone_else_is_explained(copied: Path, welfare: Identity, now: int) -> None:
    (copied / "agency.key").write_bytes(welfare.private_key_pem)
    with pytest.raises(InvalidCertificate, match="does not belong"):
        preflight(load_identity(copied), now)


def test_a_tls_key_that_is_none_is_explained(copied: Path, now: int) -> None:
    (copied / "agency.key").write_bytes(SigningKey.generate().to_pem())
    with pytest.raises(InvalidCertificate, match="P-256"):
        preflight(load_identity(copied), now)


def test_two_names_are_explained(copied: Path, craft: Craft) -> None:

    names = [x509.UniformResourceIdentifier(f"urn:fusuma:agency:{name}") for name in ("a", "b")]
    certificate = craft(*names)
    (copied / "agency.crt").write_bytes(certificate.public_bytes(Encoding.PEM))
    with pytest.raises(InvalidCertificate, match="2 URI names"):
        load_identity(copied)


@pytest.mark.parametrize("name", ["signing.key", "sealing.key"])
def test_keys_that_are_not_the_cards_are_explained(copied: Path, now: int, name: str) -> None:
    fresh = {
        "signing.key": SigningKey.generate().to_pem(),
        "sealing.key": SealingKey.generate().to_private_bytes(),
    }
    (copied / name).write_bytes(fresh[name])
    with pytest.raises(InvalidCard, match="not the one of the keys"):
        preflight(load_identity(copied), now)


def test_another_agencys_card_is_explained(copied: Path, welfare: Identity, now: int) -> None:
    (copied / "card.bin").write_bytes(welfare.signed_card)
    with pytest.raises(InvalidCard, match="not the one of the keys"):
        preflight(load_identity(copied), now)


def test_an_identity_does_not_show_its_keys(tax: Identity) -> None:
    shown = repr(tax)
    assert "PRIVATE" not in shown
    assert tax.sealing_key.to_private_bytes().hex() not in shown
    assert "redacted" in shown
