"""An agency's identity on this machine: certificate, keys, card and authority in one directory.

 ============= ==========================================================
 agency.crt    TLS leaf, PEM
 agency.key    its P-256 key, PKCS #8 PEM
 signing.key   Ed25519 key, PKCS #8 PEM
 sealing.key   ML-KEM-768 seed and X25519 key, 96 raw bytes
 card.bin      the agency's signed card
 ca.crt        the federation's authority, PEM
 ============= ==========================================================

Rules:
 * ``load_identity`` reads and parses; ``preflight`` says whether a peer would accept it, because a
   refused handshake only says that the socket was closed.
 * Private keys stay out of ``repr`` and messages.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from matcher.core.errors import (
    FusumaError,
    InvalidCard,
    InvalidCertificate,
    InvalidConfiguration,
)
from matcher.core.identifiers import AgencyId
from matcher.identity.card import Card, verify_card
from matcher.identity.certificates import (
    Authority,
    agency_of,
    parse_certificate,
    public_key_of,
)
from matcher.identity.keys import SealingKey, SigningKey

CERTIFICATE: Final = "agency.crt"
PRIVATE_KEY: Final = "agency.key"
SIGNING_KEY: Final = "signing.key"
SEALING_KEY: Final = "sealing.key"
CARD: Final = "card.bin"
AUTHORITY: Final = "ca.crt"
_LARGEST_FILE: Final = 64 * 1024
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Identity:
    """Everything an agency needs to be itself.

    Attributes:
        agency: as its certificate says.
        certificate_pem: TLS leaf.
        private_key_pem: the leaf's key.
        signing_key: signs statements, chunks and manifests.
        sealing_key: opens rosters.
        authority: under which peers are believed.
        signed_card: a serialised ``SignedCard``, to be registered.
        directory: where it was read from, for messages.
    """

    agency: AgencyId
    certificate_pem: bytes = field(repr=False)
    private_key_pem: bytes = field(repr=False)
    signing_key: SigningKey
    sealing_key: SealingKey
    authority: Authority
    signed_card: bytes = field(repr=False)
    directory: str = ""

    @property
    def authority_pem(self) -> bytes:
        """The authority's certificate, as TLS libraries want it."""
        return self.authority.pem


def load_identity(directory: Path) -> Identity:
    """Read the identity in ``directory``.

    Raises:
        InvalidConfiguration: a file is missing or is not what its name says.
        InvalidCertificate: the certificate or the authority does not parse or names no agency.
    """
    return Identity(
        agency=_parsed(directory, CERTIFICATE, agency_of),
        certificate_pem=_read(directory, CERTIFICATE),
        private_key_pem=_read(directory, PRIVATE_KEY),
        signing_key=_parsed(directory, SIGNING_KEY, SigningKey.from_pem),
        sealing_key=_parsed(directory, SEALING_KEY, SealingKey.from_private_bytes),
        authority=_parsed(directory, AUTHORITY, Authority.from_pem),
        signed_card=_read(directory, CARD),
        directory=str(directory),
    )


def preflight(identity: Identity, now: int) -> Card:
    """Check that peers will accept ``identity``, and return its own card.

    1. The certificate names one agency, is current, and is issued by the authority beside it.
    2. The TLS key belongs to the certificate.
    3. The card is verifiable, current, and carries the public halves of the keys beside it.

    Args:
        identity: of this process.
        now: Unix seconds.

    Raises:
        InvalidCertificate: the certificate would be refused; says why and what to do.
        InvalidCard: the card would be refused, or is not that of the keys.
    """
    # 1. The certificate names one agency, is current, and is issued by the authority beside it.
    certificate = parse_certificate(identity.certificate_pem)
    try:
        identity.authority.check(certificate, now)
    except InvalidCertificate as error:
        raise InvalidCertificate(
            error.what, where=_place(identity, CERTIFICATE), fix=error.fix
        ) from None
    # 2. The TLS key belongs to the certificate.
    if _private_key(identity).public_key() != public_key_of(certificate):
        raise InvalidCertificate(
            "the private key does not belong to the certificate",
            where=_place(identity, PRIVATE_KEY),
            fix=f"put back the {PRIVATE_KEY} that was made with this {CERTIFICATE}",
        )
    # 3. The card is verifiable, current, and carries the public halves of the keys beside it.
    try:
        card = verify_card(identity.signed_card, identity.authority, now)
    except InvalidCard as error:
        raise InvalidCard(error.what, where=_place(identity, CARD), fix=error.fix) from None
    if (card.agency, card.signing_key, card.sealing_key) != (
        identity.agency,
        identity.signing_key.public_bytes,
        identity.sealing_key.public_bytes,
    ):
        raise InvalidCard(
            "the card is not the one of the keys beside it",
            where=_place(identity, CARD),
            fix="restore the files of one identity together, or issue it again",
        )
    return card


def _private_key(identity: Identity) -> ec.EllipticCurvePrivateKey:
    try:
        key = load_pem_private_key(identity.private_key_pem, password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise InvalidCertificate(
            "this is not an unencrypted P-256 private key in PEM",
            where=_place(identity, PRIVATE_KEY),
            fix="restore the file, or issue the identity again",
        )
    return key


def _place(identity: Identity, name: str) -> str:
    return str(Path(identity.directory) / name)


def _parsed(directory: Path, name: str, parse: Callable[[bytes], _T]) -> _T:
    data = _read(directory, name)
    try:
        return parse(data)
    except FusumaError as error:
        error.locate(str(directory / name))
        raise


def _read(directory: Path, name: str) -> bytes:
    path = directory / name
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise InvalidConfiguration(
                "the file is too large for what it should hold", where=str(path)
            )
        return path.read_bytes()
    except OSError as error:
        raise InvalidConfiguration(
            f"the file cannot be read: {error.strerror}",
            where=str(path),
            fix="make an identity with `fusuma pki init` or `fusuma pki add`",
        ) from None
