"""The form of the certificates a federation issues (docs/protocol.md, "Identities").

Rules:
 * P-256 keys, ECDSA with SHA-256; one authority, one level.
 * A leaf names its agency in one URI; hosts are DNS names and addresses beside it.
 * Every leaf allows client authentication, one with hosts also server authentication.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
from collections.abc import Sequence
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from matcher.core.errors import InvalidConfiguration
from matcher.core.identifiers import AgencyId
from matcher.identity.certificates import AGENCY_URN

# Clocks of agencies differ a little; a new certificate must not look unborn to them.
BACKDATED_SECONDS: Final = 300
_DNS_NAME: Final = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*"
)


def authority_certificate(
    key: ec.EllipticCurvePrivateKey, name: str, now: int, end: int
) -> x509.Certificate:
    """Return a self-signed certificate of an authority that issues leaves only.

    Args:
        key: the authority's.
        name: for people; nothing is decided by it.
        now: Unix seconds.
        end: Unix seconds.
    """
    subject = _common_name(name)
    return (
        _builder(subject, subject, key.public_key(), now, end)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(issuing=True), critical=True)
        .sign(key, hashes.SHA256())
    )


def leaf_certificate(
    issuer: x509.Certificate,
    issuer_key: ec.EllipticCurvePrivateKey,
    agency: AgencyId,
    key: ec.EllipticCurvePublicKey,
    hosts: Sequence[str],
    *,
    now: int,
    end: int,
) -> x509.Certificate:
    """Return the certificate of ``agency`` under ``issuer``.

    Args:
        issuer: made by ``authority_certificate``.
        issuer_key: its key.
        agency: whom the certificate names.
        key: the agency's TLS key.
        hosts: DNS names and addresses of its server; empty for a mere client.
        now: Unix seconds.
        end: Unix seconds.

    Raises:
        InvalidConfiguration: a host is malformed.
    """
    usages = [ExtendedKeyUsageOID.CLIENT_AUTH]
    if hosts:
        usages.append(ExtendedKeyUsageOID.SERVER_AUTH)
    names: list[x509.GeneralName] = [x509.UniformResourceIdentifier(AGENCY_URN + agency)]
    issuer_id = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return (
        _builder(_common_name(agency), issuer.subject, key, now, end)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(issuing=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        .add_extension(
            x509.SubjectAlternativeName([*names, *(_host(host) for host in hosts)]),
            critical=False,
        )
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_id),
            critical=False,
        )
        .sign(issuer_key, hashes.SHA256())
    )


def _common_name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        pass
    if not _DNS_NAME.fullmatch(host):
        raise InvalidConfiguration(
            f"{host[:80]!r} is neither a host name nor an address",
            fix="use a lower-case DNS name or an IP address, without port",
        )
    return x509.DNSName(host)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    now: int,
    end: int,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(_moment(now - BACKDATED_SECONDS))
        .not_valid_after(_moment(end))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, issuing: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not issuing,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=issuing,
        crl_sign=issuing,
        encipher_only=False,
        decipher_only=False,
    )


def _moment(seconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)
