"""The simulated platform: a vendor's root certificate and an attestation key it certifies.

It stands where a processor and its vendor stand for a hardware enclave, and it protects nothing:
the keys are files, and whoever reads them can quote any measurement. Evidence therefore names the
platform ``fusuma-simulated-tee``, which no hardware policy accepts.

Rules:
 * ``create_platform`` never overwrites a platform: its root may be pinned by agencies already.
 * The vendor's key signs platform certificates only; serving an enclave does not need it.
"""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from enclave_sim.quote import LaunchedProgram
from matcher.core.errors import InvalidConfiguration

ROOT_CERTIFICATE = "vendor-root.crt"
ROOT_KEY = "vendor-root.key"
PLATFORM_CERTIFICATE = "platform.crt"
PLATFORM_KEY = "platform.key"
_ROOT_DAYS = 3650


@dataclass(frozen=True, slots=True)
class Platform:
    """One simulated machine that can launch measured programs."""

    certificate: x509.Certificate
    _attestation_key: ec.EllipticCurvePrivateKey = field(repr=False)

    def launch(self, measurement: bytes, security_version: int, *, debug: bool) -> LaunchedProgram:
        """Return the program of this measurement, able to ask this platform for quotes."""
        return LaunchedProgram(
            measurement,
            security_version,
            debug,
            self._attestation_key,
            self.certificate.public_bytes(Encoding.DER),
        )


def create_platform(directory: Path, now: dt.datetime, days: int = 365) -> Platform:
    """Make a vendor root and a platform whose certificate holds ``days`` days, as files.

    Raises:
        InvalidConfiguration: the directory holds a platform already.
    """
    if any((directory / name).exists() for name in (ROOT_CERTIFICATE, PLATFORM_CERTIFICATE)):
        raise InvalidConfiguration(
            "there is a platform here already",
            where=str(directory),
            fix="choose another directory; agencies may have pinned this one's root",
        )
    root_key = ec.generate_private_key(ec.SECP256R1())
    root_name = _name("fusuma simulated platform vendor")
    root = (
        _certificate(root_name, root_name, root_key.public_key(), now, _ROOT_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(certificates=True), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        _certificate(_name("fusuma simulated platform"), root_name, key.public_key(), now, days)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(certificates=False), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    directory.mkdir(parents=True, exist_ok=True)
    _write(directory / ROOT_KEY, _pem(root_key), 0o600)
    _write(directory / PLATFORM_KEY, _pem(key), 0o600)
    _write(directory / ROOT_CERTIFICATE, root.public_bytes(Encoding.PEM), 0o644)
    _write(directory / PLATFORM_CERTIFICATE, certificate.public_bytes(Encoding.PEM), 0o644)
    return Platform(certificate, key)


def load_platform(directory: Path) -> Platform:
    """Read the platform that ``create_platform`` wrote.

    Raises:
        InvalidConfiguration: a file is missing, unreadable, or the two do not belong together.
    """
    try:
        certificate = x509.load_pem_x509_certificate(
            (directory / PLATFORM_CERTIFICATE).read_bytes()
        )
        key = load_pem_private_key((directory / PLATFORM_KEY).read_bytes(), password=None)
    except (OSError, ValueError):
        raise InvalidConfiguration(
            "no simulated platform can be read here",
            where=str(directory),
            fix="make one with `fusuma enclave init`",
        ) from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != (
        certificate.public_key()
    ):
        raise InvalidConfiguration(
            "the platform's key does not belong to its certificate", where=str(directory)
        )
    return Platform(certificate, key)


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    now: dt.datetime,
    days: int,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        # Clocks of agencies differ a little; a new platform must not look unborn to them.
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + dt.timedelta(days=days))
    )


def _usage(*, certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certificates,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write(path: Path, data: bytes, mode: int) -> None:
    # The mode is set when the file is made, so that a key is never readable in between.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
