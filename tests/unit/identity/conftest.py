import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from fusuma.pki import IssuingAuthority, create_authority, issue_identity
from matcher.identity.identity import Identity

NOW = 1_780_315_200
DAY = 24 * 3600

Craft = Callable[..., x509.Certificate]


@pytest.fixture(scope="session")
def now() -> int:
    return NOW


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> IssuingAuthority:
    return create_authority(tmp_path_factory.mktemp("federation"), NOW)


@pytest.fixture(scope="session")
def other_authority(tmp_path_factory: pytest.TempPathFactory) -> IssuingAuthority:
    return create_authority(tmp_path_factory.mktemp("elsewhere"), NOW)


@pytest.fixture(scope="session")
def tax(authority: IssuingAuthority) -> Identity:
    return issue_identity(authority, "tax", NOW, days=30)


@pytest.fixture(scope="session")
def welfare(authority: IssuingAuthority) -> Identity:
    return issue_identity(authority, "welfare", NOW, days=30)


@pytest.fixture(scope="session")
def craft(authority: IssuingAuthority) -> Craft:
    """Certificates as nobody should issue them, under the federation's own authority."""

    def make(
        *names: x509.GeneralName,
        usages: tuple[ObjectIdentifier, ...] | None = (ExtendedKeyUsageOID.CLIENT_AUTH,),
        key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | None = None,
        issues: bool = False,
        critical: x509.ExtensionType | None = None,
        signer: IssuingAuthority = authority,
        start: int = NOW - DAY,
        end: int = NOW + DAY,
    ) -> x509.Certificate:
        key = key or ec.generate_private_key(ec.SECP256R1())
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "crafted")]))
            .issuer_name(signer.authority.certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(dt.datetime.fromtimestamp(start, dt.UTC))
            .not_valid_after(dt.datetime.fromtimestamp(end, dt.UTC))
        )
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        if usages is not None:
            builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        if issues:
            builder = builder.add_extension(
                x509.BasicConstraints(ca=True, path_length=None), critical=True
            ).add_extension(
                x509.KeyUsage(
                    digital_signature=True,
                    content_commitment=False,
                    key_encipherment=False,
                    data_encipherment=False,
                    key_agreement=False,
                    key_cert_sign=True,
                    crl_sign=False,
                    encipher_only=False,
                    decipher_only=False,
                ),
                critical=True,
            )
        if critical is not None:
            builder = builder.add_extension(critical, critical=True)
        return builder.sign(signer.key, hashes.SHA256())

    return make


@pytest.fixture
def copied(tmp_path: Path, tax: Identity) -> Path:
    """A copy of the tax office's identity directory, to be damaged."""
    directory = tmp_path / "tax"
    directory.mkdir()
    for file in Path(tax.directory).iterdir():
        (directory / file.name).write_bytes(file.read_bytes())
    return directory
