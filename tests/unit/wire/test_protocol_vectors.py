"""Runs every scenario of tests/vectors/protocol, in both directions where bytes are determined."""

import hashlib
import hmac
import json
import math
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
import seal
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from gmpy2 import mpz

from matcher.core.bgv_parameters import BGV_SETS
from matcher.core.binding import (
    Domain,
    column_seal_info,
    control_commitment,
    link_code,
    report_data,
    roster_seal_info,
    sha256,
    verdict_seal_info,
)
from matcher.core.canonical import canonical_json
from matcher.core.cohort import cohort_commitment
from matcher.core.errors import FusumaError
from matcher.core.identifiers import AgencyId, Digest, Role
from matcher.core.paillier_parameters import PAILLIER_SETS
from matcher.core.plan import compile_plan
from matcher.core.roster import check_codes
from matcher.core.scheme import ColumnKind, Scheme
from matcher.core.verdict import decisions_of
from matcher.identity.card import Card, verify_card
from matcher.identity.certificates import Authority
from matcher.identity.envelope import Envelope, open_envelope, verify_chunk
from matcher.identity.keys import SealingKey
from matcher.identity.sealing import unseal
from matcher.language.bundle import bundle_digest, dump_bundle, load_bundle
from matcher.schemes.bgv_format import ring, unpack_column
from matcher.schemes.bgv_key_format import unpack_public_key
from matcher.schemes.paillier_format import modulus_of
from matcher.schemes.paillier_key_format import challenges
from matcher.wire.manifest import (
    decode_column_manifest,
    decode_result_manifest,
    encode_column_manifest,
    encode_result_manifest,
)
from matcher.wire.roster import (
    decode_control_map,
    decode_roster,
    encode_control_map,
    encode_roster,
)
from matcher.wire.statement import decode_statement, encode_statement, statement_digest
from matcher.wire.status import entry_of
from tests.bgv_by_hand import ByHand
from tests.cohort_vectors import people_of

DIRECTORY: Final = Path(__file__).parents[2] / "vectors" / "protocol"
FILES: Final = sorted(DIRECTORY.glob("*.json"))
ACCEPTED: Final = "ACCEPTED"


class Vector:
    """One scenario; ``[...]`` reads bytes, attributes read the rest."""

    def __init__(self, path: Path) -> None:
        self.fields: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))

    def __getitem__(self, name: str) -> bytes:
        return bytes.fromhex(self.fields[name])

    def __getattr__(self, name: str) -> Any:
        return self.fields[name]

    def digest(self, name: str) -> Digest:
        return Digest(self[name])


def infos(vector: Vector) -> None:
    run, provider = vector.digest("statement_digest"), AgencyId(vector.provider)
    place = (vector.column, vector.chunk)
    assert roster_seal_info(run, provider) == vector["roster_seal_info"]
    info = column_seal_info(run, provider, *place, vector["result_key"])
    assert info == vector["column_seal_info"]
    assert verdict_seal_info(run, vector.chunk) == vector["verdict_seal_info"]


def reported(vector: Vector) -> None:
    data = report_data(
        vector["nonce"],
        vector["sealing_key"],
        vector["result_signing_key"],
        vector.digest("policy_digest"),
        vector.digest("statement_digest"),
    )
    assert data == vector["report_data"]


def cohort(vector: Vector) -> None:
    people = people_of(vector.fields)
    assert people == vector["people_digest"]
    commitment = cohort_commitment(vector["salt"], people, np.array(vector.slots))
    assert commitment == vector["cohort_commitment"]


def statement(vector: Vector) -> None:
    payload = vector["payload"]
    assert encode_statement(decode_statement(payload)) == payload
    assert statement_digest(payload) == vector["digest"]


def envelope(vector: Vector) -> None:
    card = Card(AgencyId(vector.card_agency), vector["card_signing_key"], bytes(1216), 0, 2**40)
    signed = Envelope(vector["payload"], vector["signature"], AgencyId(vector.signer))
    assert open_envelope(Domain(vector.domain), signed, card) == vector["payload"]


def chunk(vector: Vector) -> None:
    card = Card(AgencyId(vector.provider), vector["signing_key"], bytes(1216), 0, 2**40)
    verify_chunk(
        card,
        vector.digest("statement_digest"),
        vector["signature"],
        column=vector.column,
        chunk=vector.chunk,
        payload=sha256(vector["payload"]),
    )


def card(vector: Vector) -> None:
    authority = Authority(x509.load_der_x509_certificate(vector["authority"]))
    verified = verify_card(vector["signed_card"], authority, vector.now)
    assert verified.agency == vector.agency
    assert verified.signing_key == vector["signing_key"]
    assert verified.sealing_key == vector["sealing_key"]


def sealed(vector: Vector) -> None:
    key = SealingKey.from_private_bytes(vector["private_key"])
    assert key.public_bytes == vector["public_key"]
    assert unseal(key, vector["info"], vector["sealed"]) == vector["plaintext"]
    by_hand = unseal_by_hand(vector["private_key"], vector["info"], vector["sealed"])
    assert by_hand == vector["plaintext"]


def roster(vector: Vector) -> None:
    data = vector["roster"]
    decoded = decode_roster(data)
    assert encode_roster(decoded) == data
    assert sha256(data) == vector["digest"]
    assert decoded.run_id == vector.run_id
    assert decoded.provider == vector.provider
    assert decoded.salt == vector["salt"]
    assert decoded.control_map == vector["control_map"]
    assert decoded.codes.tobytes() == vector["codes"]
    commitment = control_commitment(decoded.control_salt, decoded.control_map)
    assert commitment == vector["control_commitment"]
    controls = decode_control_map(decoded.control_map, vector.questions)
    listed = [{"slots": c.slots.tolist(), "answers": c.answers.tolist()} for c in controls]
    assert listed == vector.controls
    assert encode_control_map(controls) == decoded.control_map
    assert len(decoded.codes) == len(controls) * vector.chunk_slots * vector.seats
    places = [
        chunk.slots.astype(np.int64) + number * vector.chunk_slots
        for number, chunk in enumerate(controls)
    ]
    check_codes(decoded.codes, np.concatenate(places), vector.seats, alone=vector.alone)


def column_manifest(vector: Vector) -> None:
    payload = vector["payload"]
    manifest = decode_column_manifest(payload)
    assert encode_column_manifest(manifest) == payload
    assert manifest.statement_digest == vector["statement_digest"]
    assert manifest.provider == vector.provider
    listed = {str(column): digests.hex() for column, digests in manifest.columns.items()}
    assert listed == vector.columns


def result_manifest(vector: Vector) -> None:
    payload = vector["payload"]
    manifest = decode_result_manifest(payload)
    assert encode_result_manifest(manifest) == payload
    inputs = [digest.hex() for digest in manifest.input_manifest_digests]
    assert inputs == vector.input_manifest_digests
    outputs = {str(output): digests.hex() for output, digests in manifest.outputs.items()}
    assert outputs == vector.outputs
    assert manifest.released_at == vector.released_at


def code(vector: Vector) -> None:
    assert sha256(vector["hashed"])[:16] == vector["code"]
    assert link_code(vector.identifier) == vector["code"]


def decided(vector: Vector) -> None:
    certain = [np.array(zero) == 1 for zero in vector.zero]
    if vector.bounds[-1] == "optimistic":
        impossible = ~certain.pop()
    else:
        impossible = ~np.logical_or.reduce(certain)
    assert decisions_of(certain, impossible).tolist() == vector.decisions


def bgv_column(vector: Vector) -> None:
    parameters = BGV_SETS[vector.parameters]
    by_hand = ByHand(parameters.primes, vector["nonce"], vector["seed"])
    public_key, column = by_hand.public_key(), by_hand.column()
    assert sha256(public_key) == vector["public_key_digest"]
    assert sha256(column) == vector["column_digest"]
    assert public_key[:64] == vector["public_key_begins"]
    assert column[:64] == vector["column_begins"]
    unpack_public_key(ring(parameters), vector["nonce"], public_key)
    slots = decrypt_with_seal(by_hand, vector.parameters, column)
    assert np.array_equal(slots, by_hand.slots)


def modulus_challenges(vector: Vector) -> None:
    """Drawn from the page alone, and as the code draws them."""
    encoded = vector["modulus"]
    n, size = int.from_bytes(encoded, "big"), len(encoded)
    seed = hashlib.sha256(b"fusuma/v1/modulus-challenge\0" + vector["nonce"] + encoded).digest()
    drawn = []
    for index in range(8):
        stream = hashlib.shake_256(seed + index.to_bytes(4, "big")).digest(64 * size)
        pieces = (stream[start : start + size] for start in range(0, len(stream), size))
        numbers = (int.from_bytes(piece, "big") for piece in pieces)
        drawn.append(next(one for one in numbers if 0 < one < n and math.gcd(one, n) == 1))
    listed = b"".join(one.to_bytes(size, "big") for one in drawn)
    assert listed[:64] == vector["challenges_begin"]
    assert sha256(listed) == vector["challenges_digest"]
    parameters = PAILLIER_SETS[vector.parameters]
    assert list(challenges(parameters, vector["nonce"], modulus_of(mpz(n)))) == drawn


def plan(vector: Vector) -> None:
    bundle = vector.bundle.encode()
    programme = load_bundle(bundle)
    assert dump_bundle(programme) == bundle
    assert bundle_digest(bundle) == vector["programme_digest"]
    compiled = compile_plan(
        programme,
        bundle_digest(bundle),
        Scheme(vector.scheme),
        ColumnKind(vector.column_kind),
        date.fromisoformat(vector.reference_date),
        agencies={Role(role): count for role, count in vector.agencies.items()},
    )
    assert canonical_json(compiled.to_json()).decode() == vector.plan
    assert compiled.digest == vector["plan_digest"] == sha256(vector.plan.encode())


KINDS: Final[Mapping[str, Callable[[Vector], None]]] = {
    "infos": infos,
    "report-data": reported,
    "cohort": cohort,
    "statement": statement,
    "envelope": envelope,
    "chunk": chunk,
    "card": card,
    "seal": sealed,
    "roster": roster,
    "column-manifest": column_manifest,
    "result-manifest": result_manifest,
    "link-code": code,
    "plan": plan,
    "decisions": decided,
    "bgv-column": bgv_column,
    "modulus-challenges": modulus_challenges,
}


def test_every_kind_of_vector_is_there() -> None:
    assert {Vector(path).kind for path in FILES} == set(KINDS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_scenario_ends_as_it_says(path: Path) -> None:
    vector = Vector(path)
    outcome = ACCEPTED
    try:
        KINDS[vector.kind](vector)
    except FusumaError as error:
        outcome = entry_of(error).reason
    assert outcome == vector.expect


def unseal_by_hand(private_key: bytes, info: bytes, data: bytes) -> bytes:
    """Open a seal by RFC 9180 and the hybrid KEM's combiner, without the library's HPKE."""
    encapsulation = MLKEM768PrivateKey.from_seed_bytes(private_key[:64])
    exchange = X25519PrivateKey.from_private_bytes(private_key[64:])
    first, share, ciphertext = data[:1088], data[1088:1120], data[1120:]
    secrets = encapsulation.decapsulate(first) + exchange.exchange(
        X25519PublicKey.from_public_bytes(share)
    )
    own = exchange.public_key().public_bytes_raw()
    shared = hashlib.sha3_256(secrets + share + own + b"\\.//^\\").digest()
    suite = b"HPKE" + bytes.fromhex("647a00010002")

    def extract(salt: bytes, label: bytes, key: bytes) -> bytes:
        return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + key, "sha256")

    def expand(label: bytes, context: bytes, length: int) -> bytes:
        labeled = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + context
        return hmac.digest(secret, labeled + b"\x01", "sha256")[:length]

    context = b"\x00" + extract(b"", b"psk_id_hash", b"") + extract(b"", b"info_hash", info)
    secret = extract(shared, b"secret", b"")
    key, nonce = expand(b"key", context, 32), expand(b"base_nonce", context, 12)
    return AESGCM(key).decrypt(nonce, ciphertext, None)


def decrypt_with_seal(by_hand: ByHand, parameters: str, column: bytes) -> np.ndarray:
    """Give SEAL the secret that was made by hand and let it open the column."""
    ring_ = ring(BGV_SETS[parameters])
    key_primes = ring_.parameters.key_primes
    residues = ByHand(key_primes, b"", by_hand.seed).secret_residues()
    words = np.array([list(map(int, polynomial)) for polynomial in residues], dtype=np.uint64)
    template = seal.KeyGenerator(ring_.context).secret_key().to_string()
    body = template[: len(template) - words.nbytes] + words.tobytes()
    secret = ring_.context.from_secret_str(body)
    plain = seal.Decryptor(ring_.context, secret).decrypt(unpack_column(ring_, column))
    return np.asarray(ring_.encoder.decode_uint64(plain))
