from collections.abc import Callable

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from fusuma.pki import IssuingAuthority
from matcher.core.errors import InvalidCertificate
from matcher.identity.certificates import (
    Authority,
    agency_of,
    authenticate_peer,
    parse_certificate,
)
from matcher.identity.identity import Identity

Craft = Callable[..., x509.Certificate]
TAX = x509.UniformResourceIdentifier("urn:fusuma:agency:tax")
WELFARE = x509.UniformResourceIdentifier("urn:fusuma:agency:welfare")


def refusal(authority: IssuingAuthority, certificate: x509.Certificate, now: int) -> str:
    with pytest.raises(InvalidCertificate) as refused:
        authenticate_peer(certificate.public_bytes(Encoding.DER), authority.authority, now)
    return str(refused.value)


def test_a_peer_is_the_agency_its_certificate_names(
    authority: IssuingAuthority, tax: Identity, now: int
) -> None:
    pem = tax.certificate_pem
    der = parse_certificate(pem).public_bytes(Encoding.DER)
    for certificate in (pem, der):
        assert authenticate_peer(certificate, authority.authority, now) == "tax"


@pytest.mark.parametrize(
    ("names", "words"),
    [
        pytest.param((), "0 URI names", id="no name at all"),
        pytest.param((x509.DNSName("tax"),), "0 URI names", id="a DNS name only"),
        pytest.param((TAX, WELFARE), "2 URI names", id="two agencies"),
        pytest.param((TAX, TAX), "2 URI names", id="the same agency twice"),
        pytest.param(
            (x509.UniformResourceIdentifier("urn:other:agency:tax"),),
            "not one of an agency",
            id="a foreign URN",
        ),
        pytest.param(
            (x509.UniformResourceIdentifier("spiffe://tax"),),
            "not one of an agency",
            id="another scheme",
        ),
        pytest.param(
            (x509.UniformResourceIdentifier("urn:fusuma:agency:Tax office"),),
            "does not end in an agency id",
            id="a malformed id",
        ),
        pytest.param(
            (x509.UniformResourceIdentifier("urn:fusuma:agency:"),),
            "does not end in an agency id",
            id="an empty id",
        ),
    ],
)
def test_a_certificate_must_name_exactly_one_agency(
    authority: IssuingAuthority,
    craft: Craft,
    now: int,
    names: tuple[x509.GeneralName, ...],
    words: str,
) -> None:
    assert words in refusal(authority, craft(*names), now)


def test_a_certificate_of_another_authority_is_refused(
    authority: IssuingAuthority, other_authority: IssuingAuthority, craft: Craft, now: int
) -> None:
    # Both authorities have the same name: only the signature tells them apart.
    assert "not issued by" in refusal(authority, craft(TAX, signer=other_authority), now)


def test_a_certificate_is_refused_before_and_after_its_time(
    authority: IssuingAuthority, craft: Craft, now: int
) -> None:
    assert "is valid from" in refusal(authority, craft(TAX, start=now + 60), now)
    assert "expired on" in refusal(authority, craft(TAX, end=now - 60), now)


def test_a_certificate_is_refused_when_the_authority_has_expired(
    authority: IssuingAuthority, craft: Craft, now: int
) -> None:
    later = now + 3650 * 24 * 3600 + 60
    assert "authority's certificate expired" in refusal(
        authority, craft(TAX, end=later + 3600), later
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({"issues": True}, "cannot stand for an agency", id="an authority"),
        pytest.param({"usages": None}, "client authentication", id="no extended key usage"),
        pytest.param(
            {"usages": (ExtendedKeyUsageOID.SERVER_AUTH,)}, "client authentication", id="server"
        ),
        pytest.param(
            {"key": ec.generate_private_key(ec.SECP384R1())}, "not one of P-256", id="P-384"
        ),
        pytest.param({"key": rsa.generate_private_key(65537, 2048)}, "not one of P-256", id="RSA"),
        pytest.param(
            {"critical": x509.PolicyConstraints(0, None)}, "critical extension", id="critical"
        ),
    ],
)
def test_a_leaf_of_another_kind_is_refused(
    authority: IssuingAuthority, craft: Craft, now: int, changes: dict[str, object], words: str
) -> None:
    assert words in refusal(authority, craft(TAX, **changes), now)


def test_a_leaf_is_no_authority(
    tax: Identity,
) -> None:
    with pytest.raises(InvalidCertificate):
        Authority.from_pem(tax.certificate_pem)


@pytest.mark.parametrize("data", [b"", b"\x30\x00", b"-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_bytes_that_are_no_certificate_are_refused(data: bytes) -> None:
    with pytest.raises(InvalidCertificate, match="does not parse"):
        agency_of(data)


def test_every_refusal_says_what_to_do(authority: IssuingAuthority, craft: Craft, now: int) -> None:
    for certificate in (craft(), craft(TAX, end=now - 60), craft(TAX, usages=None)):
        with pytest.raises(InvalidCertificate) as refused:
            authority.authority.check(certificate, now)
        assert refused.value.fix
