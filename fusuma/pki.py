"""A federation's certificate authority and the identity directories it issues.

It is for small federations, demonstrations and tests: one authority, one level, keys in files.
A federation with an authority of its own needs nothing of this but the form of its certificates
(docs/protocol.md, "Identities").

Rules:
 * Nothing is ever overwritten, and an identity appears complete or not at all.
 * Private keys and the directories around them are readable by their owner only.
 * An agency's certificate allows client authentication; one with host names also server
   authentication. It never outlives the authority.
 * Time is given by the caller in Unix seconds.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from fusuma.certificates import BACKDATED_SECONDS, authority_certificate, leaf_certificate
from matcher.core.errors import InvalidConfiguration
from matcher.core.identifiers import agency_id
from matcher.identity import identity as files
from matcher.identity.card import Card, issue_card
from matcher.identity.certificates import Authority
from matcher.identity.identity import Identity, load_identity
from matcher.identity.keys import SealingKey, SigningKey

AUTHORITY_DIRECTORY: Final = "ca"
AUTHORITY_CERTIFICATE: Final = "ca.crt"
AUTHORITY_KEY: Final = "ca.key"
AUTHORITY_DAYS: Final = 3650
LOOPBACK_HOSTS: Final = ("localhost", "127.0.0.1", "::1")
_MOST_DAYS: Final = 825
_DAY_SECONDS: Final = 24 * 3600


@dataclass(frozen=True, slots=True)
class IssuingAuthority:
    """An authority that can issue identities into its federation's directory."""

    directory: Path
    authority: Authority
    key: ec.EllipticCurvePrivateKey = field(repr=False)


def create_authority(directory: Path, now: int, days: int = AUTHORITY_DAYS) -> IssuingAuthority:
    """Make an authority in ``directory``/ca.

    Args:
        directory: of the federation; made if missing.
        now: Unix seconds.
        days: how long the authority's certificate holds.

    Raises:
        InvalidConfiguration: there is an authority already.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    end = now + days * _DAY_SECONDS
    certificate = authority_certificate(key, "fusuma federation authority", now, end)
    _write_directory(
        directory / AUTHORITY_DIRECTORY,
        {
            AUTHORITY_CERTIFICATE: certificate.public_bytes(Encoding.PEM),
            AUTHORITY_KEY: _pem(key),
        },
        "there is an authority here already",
    )
    return IssuingAuthority(directory, Authority(certificate), key)


def load_authority(directory: Path) -> IssuingAuthority:
    """Read the authority that ``create_authority`` made in ``directory``.

    Raises:
        InvalidConfiguration: there is none, or its key is another's.
        InvalidCertificate: its certificate is not one of an authority.
    """
    place = directory / AUTHORITY_DIRECTORY
    try:
        authority = Authority.from_pem((place / AUTHORITY_CERTIFICATE).read_bytes())
        key = load_pem_private_key((place / AUTHORITY_KEY).read_bytes(), password=None)
    except (OSError, ValueError):
        raise InvalidConfiguration(
            "no authority can be read here",
            where=str(place),
            fix="make one with `fusuma pki init`",
        ) from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or (
        key.public_key() != authority.certificate.public_key()
    ):
        raise InvalidConfiguration(
            f"{AUTHORITY_KEY} does not belong to {AUTHORITY_CERTIFICATE}", where=str(place)
        )
    return IssuingAuthority(directory, authority, key)


def issue_identity(
    authority: IssuingAuthority,
    agency: str,
    now: int,
    *,
    hosts: Sequence[str] = (),
    days: int = 365,
) -> Identity:
    """Issue an identity and write it to the federation's directory, under the agency's id.

    Args:
        authority: of the federation.
        agency: an agency id.
        now: Unix seconds.
        hosts: DNS names and IP addresses at which a server of this agency is dialled.
        days: how long certificate and card hold, at most 825 and never beyond the authority.

    Raises:
        InvalidConfiguration: the id or a host is malformed, or the identity is there already.
    """
    name = agency_id(agency)
    if name == AUTHORITY_DIRECTORY:
        raise InvalidConfiguration(
            f"{AUTHORITY_DIRECTORY!r} is the authority's own directory",
            fix="give the agency another id",
        )
    if not 1 <= days <= _MOST_DAYS:
        raise InvalidConfiguration(f"an identity holds 1 to {_MOST_DAYS} days")
    issuer = authority.authority.certificate
    end = min(now + days * _DAY_SECONDS, int(issuer.not_valid_after_utc.timestamp()))
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = leaf_certificate(
        issuer, authority.key, name, key.public_key(), hosts, now=now, end=end
    )
    signing, sealing = SigningKey.generate(), SealingKey.generate()
    card = Card(
        agency=name,
        signing_key=signing.public_bytes,
        sealing_key=sealing.public_bytes,
        not_before=now - BACKDATED_SECONDS,
        not_after=end,
    )
    directory = authority.directory / name
    _write_directory(
        directory,
        {
            files.CERTIFICATE: certificate.public_bytes(Encoding.PEM),
            files.PRIVATE_KEY: _pem(key),
            files.SIGNING_KEY: signing.to_pem(),
            files.SEALING_KEY: sealing.to_private_bytes(),
            files.CARD: issue_card(card, certificate.public_bytes(Encoding.DER), key),
            files.AUTHORITY: authority.authority.pem,
        },
        "there is an identity of this agency already",
    )
    return load_identity(directory)


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write_directory(directory: Path, contents: Mapping[str, bytes], taken: str) -> None:
    """Write ``contents`` as a new directory; readers see all of it or none."""
    if directory.exists():
        raise InvalidConfiguration(
            taken,
            where=str(directory),
            fix="choose another place, or move the old directory away if it is no longer needed",
        )
    directory.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))
    try:
        for name, data in contents.items():
            mode = 0o600 if name.endswith(".key") else 0o644
            descriptor = os.open(unfinished / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
        unfinished.rename(directory)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
