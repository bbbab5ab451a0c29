"""The programme bundle: what every party of a run compiles its plan from.

Canonical JSON of the programme and of the catalogue entries it reads. Conditions travel as their
CEL text and are compiled anew by whoever receives them: nobody takes another's word for what they
mean.

Rules:
 * A bundle is at most 128 KiB and exactly the bytes its own canonical form gives.
 * Its digest is the plain SHA-256 of its bytes.
 * Everything in it passes the checks a designer's file passes.
"""

from __future__ import annotations

from matcher.core.binding import sha256
from matcher.core.canonical import canonical_json
from matcher.core.errors import InvalidInput, InvalidMessage
from matcher.core.identifiers import Digest
from matcher.core.programme import Programme
from matcher.language.catalogue_form import catalogue_json, catalogue_of_json
from matcher.language.programme_form import programme_json, programme_of_json
from matcher.language.strict_json import Fields, parse_canonical

MOST_BYTES = 128 * 1024
VERSION = 2


def dump_bundle(programme: Programme) -> bytes:
    """Return the bundle of ``programme``."""
    return canonical_json(
        {
            "bundle": VERSION,
            "programme": programme_json(programme),
            "catalogue": catalogue_json(programme.catalogue),
        }
    )


def bundle_digest(data: bytes) -> Digest:
    """Return the digest of a bundle: SHA-256 of its bytes."""
    return sha256(data)


def load_bundle(data: bytes) -> Programme:
    """Return the programme in a bundle that somebody else sent.

    Raises:
        InvalidMessage: it is too large, not canonical, or a field is missing or of a wrong type.
        InvalidInput: its programme does not pass the checks of a programme file.
    """
    if len(data) > MOST_BYTES:
        raise InvalidMessage(f"a programme bundle is larger than {MOST_BYTES // 1024} KiB")
    bundle = Fields(parse_canonical(data, "a programme bundle"), "bundle", "programme", "catalogue")
    if bundle.of(int, "bundle") != VERSION:
        raise InvalidMessage("this version of programme bundles is not known")
    try:
        catalogue = catalogue_of_json(bundle.of(dict, "catalogue"))
        programme = programme_of_json(bundle.of(dict, "programme"), catalogue)
    except InvalidInput as error:
        if error.where:
            raise
        raise type(error)(error.what, where="programme bundle", fix=error.fix) from error
    if len(programme.catalogue.attributes) != len(catalogue.attributes):
        raise InvalidMessage("a programme bundle carries attributes its conditions do not read")
    return programme
