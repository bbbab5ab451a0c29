"""Writes tests/vectors/protocol: one scenario a file, made from keys that are public on purpose.

Run it from the repository's root, with ``proto`` on the path, after a change of the protocol; look
at what changed. Seals and certificate signatures are random, so that those files always change:
name scenarios after the command to write these alone.

Every file has ``scenario``, ``kind`` and ``expect``: ``ACCEPTED``, or a reason of the error
catalogue. What else is in it depends on the kind; docs/protocol.md, "Vectors", lists them.
"""

import hashlib
import json
import sys
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from eligibility.v1 import common_pb2
from gmpy2 import mpz

from fusuma.certificates import authority_certificate, leaf_certificate
from matcher.core.bgv_parameters import BGV_SETS
from matcher.core.binding import (
    Domain,
    bound,
    column_seal_info,
    control_commitment,
    report_data,
    roster_seal_info,
    sha256,
    verdict_seal_info,
)
from matcher.core.canonical import canonical_json
from matcher.core.cohort import cohort_commitment
from matcher.core.controls import ChunkControls
from matcher.core.identifiers import AgencyId, Role, RunId
from matcher.core.paillier_parameters import PAILLIER_SETS
from matcher.core.plan import compile_plan
from matcher.core.programme import Programme
from matcher.core.scheme import ColumnKind, Scheme
from matcher.core.statement import ProviderAssignment, RunStatement
from matcher.core.verdict import decisions_of
from matcher.identity.card import Card, issue_card
from matcher.identity.envelope import sign_chunk
from matcher.identity.keys import SealingKey, SigningKey
from matcher.identity.sealing import seal
from matcher.language.bundle import bundle_digest, dump_bundle, load_bundle
from matcher.language.programme_file import load_programme
from matcher.schemes.paillier_format import modulus_of
from matcher.schemes.paillier_key_format import challenges
from matcher.wire.manifest import (
    ColumnManifest,
    ResultManifest,
    encode_column_manifest,
    encode_result_manifest,
)
from matcher.wire.roster import Roster, encode_control_map, encode_roster
from matcher.wire.statement import encode_statement, statement_digest
from programmes import programme_path
from tests.bgv_by_hand import ByHand
from tests.city_households import city_households
from tests.cohort_vectors import people_of

DIRECTORY = Path(__file__).with_name("protocol")
NOW = 1_780_315_200
DAY = date(2026, 6, 1)
CITY, TAX, WELFARE = AgencyId("city-benefits"), AgencyId("tax"), AgencyId("welfare")
TAX_NORTH, TAX_SOUTH = AgencyId("tax-north"), AgencyId("tax-south")
Scenario = tuple[str, dict[str, object]]
OTHER_SCHEMES = {
    Scheme.BFV: "bfv-8192-104",
    Scheme.CKKS: "ckks-8192-152",
    Scheme.PAILLIER: "paillier-3072",
}


def from_label(label: str, length: int = 32) -> bytes:
    """Bytes that anybody can derive; nothing that uses them is secret."""
    return hashlib.shake_256(f"fusuma protocol vectors: {label}".encode()).digest(length)


def p256(label: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(from_label(label), "big") >> 1, ec.SECP256R1())


def signing_key(agency: str) -> SigningKey:
    return SigningKey(Ed25519PrivateKey.from_private_bytes(from_label(f"{agency} signing")))


def sealing_key(agency: str) -> SealingKey:
    return SealingKey.from_private_bytes(from_label(f"{agency} sealing", 96))


CONTROLS = (
    ChunkControls(np.array([1, 3], dtype=np.uint16), np.array([[0, 1], [2, 0]], dtype=np.int32)),
    ChunkControls(np.array([0], dtype=np.uint16), np.array([[0], [1]], dtype=np.int32)),
)
CONTROL_MAP = encode_control_map(CONTROLS)
CONTROL_SALT = from_label("control salt")
CODES = np.frombuffer(from_label("codes", 8 * 16), dtype=np.uint8).reshape(8, 16).copy()
CODES[[1, 3, 4]] = 0
ROSTER = Roster(RunId("ab" * 16), TAX, from_label("roster salt"), CONTROL_MAP, CONTROL_SALT, CODES)
# Two chunks of two slots of two seats. In the first chunk a household of two sits before a control
# slot; in the second, of another household one member is assigned to another agency.
SEATS_CONTROLS = (
    ChunkControls(np.array([1], dtype=np.uint16), np.array([[0], [2]], dtype=np.int32)),
    ChunkControls(np.array([0], dtype=np.uint16), np.array([[0], [1]], dtype=np.int32)),
)
SEATS_CODES = CODES.copy()
SEATS_CODES[[0, 1]] = np.frombuffer(from_label("members", 32), dtype=np.uint8).reshape(2, 16)
SEATS_CODES[[2, 3, 4, 5, 6]] = 0
BGV = RunStatement(
    run_id=RunId("ab" * 16),
    nonce=from_label("nonce"),
    requester=CITY,
    programme_digest=sha256(b"programme"),
    plan_digest=sha256(b"plan"),
    scheme=Scheme.BGV,
    column_kind=ColumnKind.DECISION,
    parameters="bgv-8192-104",
    public_key_digest=sha256(b"public key"),
    evaluation_key_digest=None,
    control_commitment=control_commitment(CONTROL_SALT, CONTROL_MAP),
    cohort_commitment=sha256(b"cohort"),
    providers=(
        ProviderAssignment(Role("tax"), TAX, sha256(encode_roster(ROSTER))),
        ProviderAssignment(Role("welfare"), WELFARE, sha256(b"roster of welfare")),
    ),
    chunks=2,
    reference_date=DAY,
    result_key=b"",
    issued_at=NOW,
    expires_at=NOW + 3600,
)
ENCLAVE = replace(
    BGV,
    scheme=Scheme.ENCLAVE,
    column_kind=ColumnKind.VALUE,
    parameters="",
    public_key_digest=None,
    result_key=sealing_key("result").public_bytes,
)
SEVERAL = replace(
    BGV,
    providers=tuple(
        ProviderAssignment(Role(role), agency, sha256(f"roster of {agency}".encode()))
        for role, agency in (("tax", TAX_NORTH), ("tax", TAX_SOUTH), ("welfare", WELFARE))
    ),
)
RUN = statement_digest(encode_statement(BGV))


def bindings() -> Iterator[Scenario]:
    result_key = ENCLAVE.result_key
    yield (
        "seal-infos",
        {
            "scenario": "what seals of one run are bound to",
            "kind": "infos",
            "expect": "ACCEPTED",
            "statement_digest": RUN,
            "provider": TAX,
            "column": 3,
            "chunk": 258,
            "result_key": result_key,
            "roster_seal_info": roster_seal_info(RUN, TAX),
            "column_seal_info": column_seal_info(RUN, TAX, 3, 258, result_key),
            "verdict_seal_info": verdict_seal_info(RUN, 258),
        },
    )
    yield (
        "report-data",
        {
            "scenario": "what an enclave's evidence carries for one run",
            "kind": "report-data",
            "expect": "ACCEPTED",
            "nonce": BGV.nonce,
            "sealing_key": sealing_key("enclave").public_bytes,
            "result_signing_key": signing_key("enclave").public_bytes,
            "policy_digest": sha256(b"policy"),
            "statement_digest": RUN,
            "report_data": report_data(
                BGV.nonce,
                sealing_key("enclave").public_bytes,
                signing_key("enclave").public_bytes,
                sha256(b"policy"),
                RUN,
            ),
        },
    )
    yield from cohorts()


def cohorts() -> Iterator[Scenario]:
    def scenario(
        name: str, words: str, codes: dict[str, list[int]], slots: list[int], **fields: object
    ) -> Scenario:
        content: dict[str, object] = {
            "scenario": words,
            "kind": "cohort",
            "expect": "ACCEPTED",
            "names": ["p001", "税務"],
            "codes": {role: CODES[rows].tobytes() for role, rows in codes.items()},
            "slots": slots,
            "salt": from_label("cohort salt"),
            **fields,
        }
        people = people_of(_plain(content))
        commitment = cohort_commitment(from_label("cohort salt"), people, np.array(slots))
        return name, {**content, "people_digest": people, "cohort_commitment": commitment}

    yield scenario(
        "cohort-commitment",
        "two people, known to two agencies, in slots 0 and 2",
        {"tax": [0, 2], "welfare": [5, 6]},
        [0, 2],
        agencies={"tax": ["tax"], "welfare": ["welfare"]},
    )
    yield scenario(
        "cohort-commitment-households",
        "households of one and two members, one of whom is asked of a second tax office",
        {"tax": [0, 2, 5], "welfare": [5, 6, 7]},
        [1, 4],
        agencies={"tax": ["north-tax", "south-tax"], "welfare": ["welfare"]},
        places={"tax": [0, 1, 0]},
        sizes=[1, 2],
        members=["p001", "太郎", "花子"],
    )


def statements() -> Iterator[Scenario]:
    def scenario(name: str, words: str, payload: bytes, expect: str = "ACCEPTED") -> Scenario:
        fields: dict[str, object] = {"scenario": words, "kind": "statement", "expect": expect}
        fields["payload"] = payload
        if expect == "ACCEPTED":
            fields["digest"] = statement_digest(payload)
        return name, fields

    good = encode_statement(BGV)
    yield scenario("statement-bgv", "a homomorphic run of two providers", good)
    for scheme, name in OTHER_SCHEMES.items():
        other = encode_statement(replace(BGV, scheme=scheme, parameters=name))
        yield scenario(f"statement-{scheme.value}", f"the same under {name}", other)
    yield scenario("statement-enclave", "a run in an enclave", encode_statement(ENCLAVE))
    yield scenario(
        "statement-several-agencies", "two agencies answer for tax", encode_statement(SEVERAL)
    )
    refused = "INVALID_MESSAGE"
    message = common_pb2.RunStatement.FromString(encode_statement(SEVERAL))
    north, south = message.providers[0], message.providers[1]
    north.agency, south.agency = south.agency, north.agency
    descending = message.SerializeToString(deterministic=True)
    yield scenario(
        "statement-agencies-descend", "agencies of a role are not in order", descending, refused
    )
    message = common_pb2.RunStatement.FromString(encode_statement(SEVERAL))
    message.providers[1].agency = TAX_NORTH
    twice = message.SerializeToString(deterministic=True)
    yield scenario("statement-agency-twice", "an agency answers twice for a role", twice, refused)
    yield scenario(
        "statement-unknown-field", "field 126 is unknown", good + b"\xf2\x07\x00", refused
    )
    yield scenario("statement-field-twice", "chunks come twice", good + b"\x70\x02", refused)
    message = common_pb2.RunStatement.FromString(good)
    first, second = message.providers[0].role, message.providers[1].role
    message.providers[0].role, message.providers[1].role = second, first
    swapped = message.SerializeToString(deterministic=True)
    yield scenario("statement-roles-descend", "roles are not in order", swapped, refused)
    message = common_pb2.RunStatement.FromString(good)
    message.requester = TAX
    both = message.SerializeToString(deterministic=True)
    yield scenario("statement-requester-provides", "the requester is a provider", both, refused)
    message = common_pb2.RunStatement.FromString(good)
    message.result_key = ENCLAVE.result_key
    mixed = message.SerializeToString(deterministic=True)
    yield scenario(
        "statement-of-both-schemes", "a homomorphic run has a result key", mixed, refused
    )


def signatures() -> Iterator[Scenario]:
    key = signing_key(CITY)
    payload = encode_statement(BGV)

    def envelope(name: str, words: str, expect: str, **changes: object) -> Scenario:
        fields: dict[str, object] = {
            "scenario": words,
            "kind": "envelope",
            "expect": expect,
            "domain": Domain.RUN_STATEMENT.value,
            "signer": CITY,
            "card_agency": CITY,
            "card_signing_key": key.public_bytes,
            "payload": payload,
            "signature": key.sign(Domain.RUN_STATEMENT, payload),
        }
        return name, fields | changes

    refused = "INVALID_SIGNATURE"
    yield envelope("envelope", "a statement signed by its requester", "ACCEPTED")
    yield envelope(
        "envelope-other-domain",
        "a statement's signature on a manifest",
        refused,
        domain=Domain.COLUMN_MANIFEST.value,
    )
    yield envelope("envelope-other-signer", "signed in another's name", refused, signer=TAX)
    yield envelope(
        "envelope-bare-payload",
        "signed without the domain",
        refused,
        signature=key.sign_binding(payload),
    )
    yield envelope(
        "envelope-small-order-key",
        "a card whose key anybody can sign for",
        "INVALID_KEY",
        card_signing_key=b"\x01" + bytes(31),
        signature=b"\x01" + bytes(63),
    )
    bundle = dump_bundle(load_programme(programme_path("city/support")))
    yield envelope(
        "envelope-programme",
        "a programme published by its requester",
        "ACCEPTED",
        domain=Domain.PROGRAMME.value,
        payload=bundle,
        signature=key.sign(Domain.PROGRAMME, bundle),
    )
    yield envelope(
        "envelope-programme-other-domain",
        "a statement's signature on a programme",
        refused,
        domain=Domain.PROGRAMME.value,
        payload=bundle,
        signature=key.sign(Domain.RUN_STATEMENT, bundle),
    )
    provider = signing_key(TAX)
    body = from_label("chunk payload", 64)

    def chunk(name: str, words: str, expect: str, **changes: object) -> Scenario:
        fields: dict[str, object] = {
            "scenario": words,
            "kind": "chunk",
            "expect": expect,
            "statement_digest": RUN,
            "provider": TAX,
            "signing_key": provider.public_bytes,
            "column": 0,
            "chunk": 1,
            "payload": body,
            "signature": sign_chunk(provider, RUN, TAX, column=0, chunk=1, payload=sha256(body)),
        }
        return name, fields | changes

    yield chunk("chunk", "a chunk signed by its provider", "ACCEPTED")
    yield chunk("chunk-other-place", "a chunk moved to another position", refused, chunk=0)
    yield chunk("chunk-other-column", "a chunk moved to another column", refused, column=1)
    yield chunk(
        "chunk-other-run", "a chunk replayed in another run", refused, statement_digest=bytes(32)
    )


def cards() -> Iterator[Scenario]:
    end = NOW + 30 * 86400
    ca_key = p256("authority")
    ca = authority_certificate(ca_key, "authority of the vectors", NOW, end)
    other_ca = authority_certificate(p256("other"), "authority of the vectors", NOW, end)

    def certificate(agency: AgencyId, issuer_key: ec.EllipticCurvePrivateKey = ca_key) -> bytes:
        issuer = ca if issuer_key is ca_key else other_ca
        key = p256(f"{agency} tls").public_key()
        leaf = leaf_certificate(issuer, issuer_key, agency, key, (), now=NOW, end=end)
        return leaf.public_bytes(Encoding.DER)

    def scenario(name: str, words: str, expect: str, signed: bytes, now: int = NOW) -> Scenario:
        return name, {
            "scenario": words,
            "kind": "card",
            "expect": expect,
            "authority": ca.public_bytes(Encoding.DER),
            "now": now,
            "signed_card": signed,
            "agency": TAX,
            "signing_key": signing_key(TAX).public_bytes,
            "sealing_key": sealing_key(TAX).public_bytes,
        }

    card = Card(TAX, signing_key(TAX).public_bytes, sealing_key(TAX).public_bytes, NOW, end)
    own = p256(f"{TAX} tls")
    good = issue_card(card, certificate(TAX), own)
    refused = "INVALID_CARD"
    yield scenario("card", "a card under its agency's certificate", "ACCEPTED", good)
    yield scenario("card-expired", "a card after its time", refused, good, end + 1)
    yield scenario(
        "card-of-another-agency",
        "a card under the certificate of welfare that names tax",
        refused,
        issue_card(card, certificate(WELFARE), p256(f"{WELFARE} tls")),
    )
    yield scenario(
        "card-of-another-authority",
        "a card under a certificate of another authority of the same name",
        refused,
        issue_card(card, certificate(TAX, p256("other")), own),
    )
    yield scenario(
        "card-signed-by-another-key",
        "a card under the agency's certificate, signed by somebody else",
        refused,
        issue_card(card, certificate(TAX), p256("thief")),
    )


def seals() -> Iterator[Scenario]:
    key = sealing_key(TAX)
    info = roster_seal_info(RUN, TAX)
    sealed = seal(key.public_bytes, info, b"a roster")

    def scenario(name: str, words: str, expect: str, **changes: object) -> Scenario:
        fields: dict[str, object] = {
            "scenario": words,
            "kind": "seal",
            "expect": expect,
            "private_key": key.to_private_bytes(),
            "public_key": key.public_bytes,
            "info": info,
            "sealed": sealed,
            "plaintext": b"a roster",
        }
        return name, fields | changes

    refused = "DECRYPTION_REFUSED"
    yield scenario("seal", "a roster sealed to tax", "ACCEPTED")
    yield scenario("seal-other-info", "opened for another provider", refused, info=info[:-1] + b"y")
    yield scenario("seal-cut", "the tag is one byte short", refused, sealed=sealed[:-1])


def rosters() -> Iterator[Scenario]:
    def scenario(
        name: str, words: str, roster: Roster, controls: tuple[ChunkControls, ...], **fields: object
    ) -> Scenario:
        return name, {
            "scenario": words,
            "kind": "roster",
            "expect": "ACCEPTED",
            "roster": encode_roster(roster),
            "digest": sha256(encode_roster(roster)),
            "run_id": roster.run_id,
            "provider": roster.provider,
            "salt": roster.salt,
            "control_salt": roster.control_salt,
            "control_map": roster.control_map,
            "control_commitment": control_commitment(roster.control_salt, roster.control_map),
            "questions": 2,
            "chunk_slots": 4,
            "seats": 1,
            "alone": True,
            "controls": [
                {"slots": chunk.slots.tolist(), "answers": chunk.answers.tolist()}
                for chunk in controls
            ],
            "codes": roster.codes.tobytes(),
        } | fields

    yield scenario(
        "roster", "eight slots in two chunks of four, three of them control slots", ROSTER, CONTROLS
    )
    one_missing = CODES.copy()
    one_missing[2] = 0
    shared = replace(ROSTER, codes=one_missing)
    yield scenario(
        "roster-shared-role",
        "a person is assigned to another agency of the role",
        shared,
        CONTROLS,
        alone=False,
    )
    yield scenario(
        "roster-person-missing",
        "a slot of the only agency of its role is empty",
        shared,
        CONTROLS,
        expect="CONTROL_MISMATCH",
    )
    seats = replace(ROSTER, control_map=encode_control_map(SEATS_CONTROLS), codes=SEATS_CODES)
    of_seats: dict[str, object] = {"chunk_slots": 2, "seats": 2, "alone": False}
    yield scenario(
        "roster-households",
        "four slots of two seats in two chunks of two, two of them control slots",
        seats,
        SEATS_CONTROLS,
        **of_seats,
    )
    twice = SEATS_CODES.copy()
    twice[7] = twice[0]
    yield scenario(
        "roster-member-twice",
        "the same person is in two households",
        replace(seats, codes=twice),
        SEATS_CONTROLS,
        **of_seats,
        expect="DUPLICATE_CODE",
    )
    control = SEATS_CODES.copy()
    control[3] = control[0]
    yield scenario(
        "roster-control-seat",
        "the second seat of a control slot is taken",
        replace(seats, codes=control),
        SEATS_CONTROLS,
        **of_seats,
        expect="CONTROL_MISMATCH",
    )


def messages() -> Iterator[Scenario]:
    columns = ColumnManifest(RUN, TAX, {0: sha256(b"0") + sha256(b"1"), 1: bytes(64)})
    payload = encode_column_manifest(columns)
    yield (
        "column-manifest",
        {
            "scenario": "two columns of two chunks",
            "kind": "column-manifest",
            "expect": "ACCEPTED",
            "payload": payload,
            "statement_digest": RUN,
            "provider": TAX,
            "columns": {str(column): digests for column, digests in columns.columns.items()},
        },
    )
    result = ResultManifest(RUN, (sha256(payload), bytes(32)), {0: bytes(64), 1: bytes(64)}, NOW)
    yield (
        "result-manifest",
        {
            "scenario": "two outputs of two chunks from two manifests",
            "kind": "result-manifest",
            "expect": "ACCEPTED",
            "payload": encode_result_manifest(result),
            "statement_digest": RUN,
            "input_manifest_digests": list(result.input_manifest_digests),
            "outputs": {str(output): digests for output, digests in result.outputs.items()},
            "released_at": NOW,
        },
    )
    yield (
        "column-manifest-uneven",
        {
            "scenario": "one column has two chunks, the other has one",
            "kind": "column-manifest",
            "expect": "INVALID_MESSAGE",
            "payload": encode_column_manifest(
                replace(columns, columns={0: bytes(64), 1: bytes(32)})
            ),
        },
    )
    bare = bound(Domain.LINK_CODE) + b"\x00\x04p001"
    yield (
        "link-code",
        {
            "scenario": "the code that stands for an identifier",
            "kind": "link-code",
            "expect": "ACCEPTED",
            "identifier": "p001",
            "hashed": bare,
            "code": sha256(bare)[:16],
        },
    )


def plans() -> Iterator[Scenario]:
    def scenario(
        name: str,
        words: str,
        programme: Programme,
        kind: ColumnKind,
        agencies: Mapping[Role, int],
        *,
        homomorphic: Scheme = Scheme.BGV,
    ) -> Scenario:
        bundle = dump_bundle(programme)
        digest = bundle_digest(bundle)
        scheme = Scheme.ENCLAVE if kind is ColumnKind.VALUE else homomorphic
        plan = compile_plan(load_bundle(bundle), digest, scheme, kind, DAY, agencies=agencies)
        return name, {
            "scenario": words,
            "kind": "plan",
            "expect": "ACCEPTED",
            "bundle": bundle.decode(),
            "programme_digest": digest,
            "scheme": scheme.value,
            "column_kind": kind.value,
            "reference_date": DAY.isoformat(),
            "agencies": {str(role): count for role, count in agencies.items()},
            "plan": canonical_json(plan.to_json()).decode(),
            "plan_digest": plan.digest,
        }

    support = load_programme(programme_path("city/support"))
    one = {Role("tax"): 1, Role("welfare"): 1}
    two = {Role("tax"): 2, Role("welfare"): 1}
    for kind in ColumnKind:
        words = f"a programme of two agencies, {kind.value} columns"
        yield scenario(f"plan-{kind.value}", words, support, kind, one)
        words = f"two agencies in one role, {kind.value} columns"
        yield scenario(f"plan-agencies-{kind.value}", words, support, kind, two)
    for scheme in OTHER_SCHEMES:
        words, kind = f"a programme of two agencies under {scheme.value}", ColumnKind.DECISION
        yield scenario(f"plan-{scheme.value}", words, support, kind, one, homomorphic=scheme)
    for kind in (ColumnKind.DECISION, ColumnKind.VALUE):
        words = f"households with two outcomes and two agencies in one role, {kind.value} columns"
        yield scenario(f"plan-households-{kind.value}", words, city_households(), kind, two)


def decisions() -> Iterator[Scenario]:
    zero = np.array([[1, 0, 0, 0, 1], [0, 1, 0, 0, 1], [1, 1, 1, 0, 1]], dtype=np.bool_)
    yield (
        "decisions",
        {
            "scenario": "where the outputs of two tiers and the optimistic one are 0",
            "kind": "decisions",
            "expect": "ACCEPTED",
            "bounds": ["pessimistic", "pessimistic", "optimistic"],
            "zero": zero.astype(int).tolist(),
            "decisions": decisions_of([zero[0], zero[1]], ~zero[2]).tolist(),
        },
    )
    yield (
        "decisions-nothing-unknown",
        {
            "scenario": "where the outputs of two tiers are 0, in a closed world",
            "kind": "decisions",
            "expect": "ACCEPTED",
            "bounds": ["both", "both"],
            "zero": [[1, 0, 0], [0, 1, 0]],
            "decisions": [0, 3, 1],
        },
    )


def homomorphic() -> Iterator[Scenario]:
    parameters = BGV_SETS["bgv-8192-104"]
    seed = from_label("bgv")
    by_hand = ByHand(parameters.primes, BGV.nonce, seed)
    public_key, column = by_hand.public_key(), by_hand.column()
    yield (
        "bgv-column",
        {
            "scenario": "a public key and a column without noise, as tests/bgv_by_hand.py makes",
            "kind": "bgv-column",
            "expect": "ACCEPTED",
            "parameters": parameters.name,
            "nonce": BGV.nonce,
            "seed": seed,
            "public_key_begins": public_key[:64],
            "public_key_digest": sha256(public_key),
            "column_begins": column[:64],
            "column_digest": sha256(column),
        },
    )


def moduli() -> Iterator[Scenario]:
    parameters = PAILLIER_SETS["paillier-3072"]
    # Nobody need know factors of it for its challenges.
    modulus = from_label("modulus", parameters.modulus_bytes)
    n = int.from_bytes(modulus, "big") | 1 << parameters.modulus_bits - 1 | 1
    encoded = n.to_bytes(parameters.modulus_bytes, "big")
    drawn = challenges(parameters, BGV.nonce, modulus_of(mpz(n)))
    listed = b"".join(int(one).to_bytes(parameters.modulus_bytes, "big") for one in drawn)
    yield (
        "modulus-challenges",
        {
            "scenario": "what a Paillier modulus has to have roots of",
            "kind": "modulus-challenges",
            "expect": "ACCEPTED",
            "parameters": parameters.name,
            "nonce": BGV.nonce,
            "modulus": encoded,
            "challenges_begin": listed[:64],
            "challenges_digest": sha256(listed),
        },
    )


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {str(key): _plain(child) for key, child in value.items()}
    if isinstance(value, list):
        return [_plain(child) for child in value]
    return value


GROUPS = (
    bindings,
    statements,
    signatures,
    cards,
    seals,
    rosters,
    messages,
    plans,
    decisions,
    homomorphic,
    moduli,
)


def main(names: Collection[str]) -> None:
    for group in GROUPS:
        for name, fields in group():
            if not names or name in names:
                text = json.dumps(_plain(fields), ensure_ascii=False, indent=1) + "\n"
                (DIRECTORY / f"{name}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
