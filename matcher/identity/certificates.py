"""Certificates: which agency is it, and does the authority say so?

TLS has checked the chain of a connection already; cards carry a certificate that no TLS handshake
has seen, so that the chain is checked here in full. Revocation is by short validity: nothing here
asks a third party.

Rules:
 * An agency is named by exactly one URI in the subject alternative name,
   ``urn:fusuma:agency:<id>``. Two names, a foreign name or none are refused.
 * The leaf holds a P-256 key, is not an authority, allows client authentication, is current, and
   is issued directly by the pinned authority, which is current too (RFC 5280, section 6).
 * Time is given by the caller in Unix seconds.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature as CryptographyInvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from matcher.core.binding import sha256
from matcher.core.errors import InvalidCertificate, InvalidConfiguration
from matcher.core.identifiers import AgencyId, Digest, agency_id

AGENCY_URN: Final = "urn:fusuma:agency:"
_PEM: Final = b"-----BEGIN"
_ASK: Final = "ask whoever runs the certificate authority for a new certificate"
_UNDERSTOOD: Final = (
    x509.BasicConstraints,
    x509.KeyUsage,
    x509.ExtendedKeyUsage,
    x509.SubjectAlternativeName,
)


@dataclass(frozen=True, slots=True)
class Authority:
    """The certificate authority under which agencies, cards and servers are known."""

    certificate: x509.Certificate

    @classmethod
    def from_pem(cls, pem: bytes) -> Authority:
        """Read the authority's certificate.

        Raises:
            InvalidCertificate: it is not a certificate that may issue others.
        """
        certificate = parse_certificate(pem)
        if not _may_issue(certificate):
            raise InvalidCertificate(
                "the authority's certificate may not issue certificates",
                fix="ca.crt must hold the authority's own certificate, not an agency's",
            )
        _refuse_unknown_criticals(certificate)
        return cls(certificate)

    @property
    def pem(self) -> bytes:
        """The authority's certificate in PEM, as TLS libraries want it."""
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def digest(self) -> Digest:
        """SHA-256 of the authority's certificate in DER."""
        return sha256(self.certificate.public_bytes(Encoding.DER))

    def check(self, certificate: x509.Certificate, now: int) -> AgencyId:
        """Return the agency that ``certificate`` names, after checking it in full.

        1. The certificate names exactly one agency.
        2. It is issued directly by this authority.
        3. Both are current.
        4. It is a P-256 leaf for client authentication, and nothing in it is unknown and critical.

        Raises:
            InvalidCertificate: a step failed; says which.
        """
        # 1. The certificate names exactly one agency.
        agency = agency_of(certificate)
        # 2. It is issued directly by this authority.
        try:
            certificate.verify_directly_issued_by(self.certificate)
        except (ValueError, TypeError, CryptographyInvalidSignature):
            raise InvalidCertificate(
                "the certificate is not issued by this federation's authority",
                where=agency,
                fix="check that ca.crt is the same file at every agency, and who issued this one",
            ) from None
        # 3. Both are current.
        _check_current(self.certificate, "the authority's certificate", now)
        _check_current(certificate, f"the certificate of {agency}", now)
        # 4. It is a P-256 leaf for client authentication, with nothing unknown and critical.
        _check_leaf(certificate, agency)
        return agency


def parse_certificate(data: bytes) -> x509.Certificate:
    """Read one certificate, PEM or DER.

    Raises:
        InvalidCertificate: it does not parse.
    """
    try:
        if _PEM in data[:4096]:
            return x509.load_pem_x509_certificate(data)
        return x509.load_der_x509_certificate(data)
    except ValueError:
        raise InvalidCertificate(
            "the certificate does not parse", fix="give an X.509 certificate in PEM or DER"
        ) from None


def agency_of(certificate: x509.Certificate | bytes) -> AgencyId:
    """Return the agency that ``certificate`` names; says nothing about who issued it.

    Raises:
        InvalidCertificate: it does not parse or does not name exactly one agency.
    """
    if isinstance(certificate, bytes):
        certificate = parse_certificate(certificate)
    try:
        names = certificate.extensions.get_extension_for_class(
            x509.SubjectAlternativeName
        ).value.get_values_for_type(x509.UniformResourceIdentifier)
    except x509.ExtensionNotFound:
        names = []
    except (ValueError, x509.DuplicateExtension):
        raise InvalidCertificate("the certificate's extensions do not parse", fix=_ASK) from None
    if len(names) != 1:
        raise InvalidCertificate(
            f"the certificate has {len(names)} URI names; it must have exactly one",
            fix=f"{_ASK} with the single URI {AGENCY_URN}<agency id>",
        )
    if not names[0].startswith(AGENCY_URN):
        raise InvalidCertificate(
            "the certificate's URI name is not one of an agency",
            fix=f"{_ASK} whose URI begins with {AGENCY_URN}",
        )
    try:
        return agency_id(names[0].removeprefix(AGENCY_URN))
    except InvalidConfiguration as error:
        raise InvalidCertificate(
            "the certificate's URI name does not end in an agency id", fix=error.fix
        ) from None


def authenticate_peer(certificate: bytes, authority: Authority, now: int) -> AgencyId:
    """Return the agency at the other end of a connection.

    Args:
        certificate: the peer's leaf, PEM or DER, as the TLS library shows it.
        authority: who must have issued it.
        now: Unix seconds.

    Raises:
        InvalidCertificate: it is not an agency's certificate under ``authority``; says why.
    """
    return authority.check(parse_certificate(certificate), now)


def hosts_of(certificate: x509.Certificate) -> tuple[str, ...]:
    """Return the names and addresses a server with ``certificate`` may be dialled at."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    addresses = names.get_values_for_type(x509.IPAddress)
    return (*names.get_values_for_type(x509.DNSName), *map(str, addresses))


def public_key_of(certificate: x509.Certificate) -> ec.EllipticCurvePublicKey:
    """Return the P-256 key of ``certificate``.

    Raises:
        InvalidCertificate: it holds another kind of key.
    """
    try:
        key = certificate.public_key()
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise InvalidCertificate("the certificate's key is not one of P-256", fix=_ASK)
    return key


def _check_leaf(certificate: x509.Certificate, agency: AgencyId) -> None:
    if _may_issue(certificate):
        raise InvalidCertificate(
            "an authority's certificate cannot stand for an agency", where=agency, fix=_ASK
        )
    public_key_of(certificate)
    try:
        usages = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        usages = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    if ExtendedKeyUsageOID.CLIENT_AUTH not in usages:
        raise InvalidCertificate(
            "the certificate does not allow client authentication", where=agency, fix=_ASK
        )
    _refuse_unknown_criticals(certificate)


def _check_current(certificate: x509.Certificate, what: str, now: int) -> None:
    moment = dt.datetime.fromtimestamp(now, dt.UTC)
    if moment < certificate.not_valid_before_utc:
        raise InvalidCertificate(
            f"{what} is valid from {certificate.not_valid_before_utc:%Y-%m-%d %H:%M} UTC only",
            fix="check this machine's clock",
        )
    if moment > certificate.not_valid_after_utc:
        raise InvalidCertificate(
            f"{what} expired on {certificate.not_valid_after_utc:%Y-%m-%d %H:%M} UTC", fix=_ASK
        )


def _may_issue(certificate: x509.Certificate) -> bool:
    try:
        extensions = certificate.extensions
        if not extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            return False
        return extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    except x509.ExtensionNotFound:
        return False
    except (ValueError, x509.DuplicateExtension):
        raise InvalidCertificate("the certificate's extensions do not parse", fix=_ASK) from None


def _refuse_unknown_criticals(certificate: x509.Certificate) -> None:
    for extension in certificate.extensions:
        if extension.critical and not isinstance(extension.value, _UNDERSTOOD):
            raise InvalidCertificate(
                "the certificate has a critical extension that is not understood here", fix=_ASK
            )
