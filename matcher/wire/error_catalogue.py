"""The one catalogue of errors on the wire: class, gRPC status, reason and fixed public text.

It says what a peer may learn of an error; how that travels is ``matcher.wire.status``'s.

Rules:
 * Every error on purpose has an entry; a reason once given is never given another meaning.
 * Texts are the same for every instance, and written here: an error's own words may quote a file, a
   path or somebody else's business.
 * Whatever was not raised on purpose is ``INTERNAL`` with one text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from grpc import StatusCode

from matcher.core import errors
from matcher.core.errors import FusumaError

INTERNAL_REASON: Final = "INTERNAL"
INTERNAL_TEXT: Final = "the service failed unexpectedly; its operator's log says more"


class Entry(NamedTuple):
    """How one class of errors appears to a peer.

    Attributes:
        code: the gRPC status.
        reason: stable, upper case; what programs decide by.
        text: what is wrong, the same for every instance.
        fix: what the reader can do; may be empty.
    """

    code: StatusCode
    reason: str
    text: str
    fix: str = ""


_ARGUMENT = StatusCode.INVALID_ARGUMENT
_DENIED = StatusCode.PERMISSION_DENIED
_STATE = StatusCode.FAILED_PRECONDITION
_SAME_RELEASE = "use the same release, programme and catalogue everywhere"
_START_ANEW = "start a new run; if it happens again, tell the operators of both sides"

CATALOGUE: Final[Mapping[type[FusumaError], Entry]] = {
    FusumaError: Entry(_STATE, "FAILED", "the request cannot be carried out"),
    # Input that a person wrote.
    errors.InvalidInput: Entry(_ARGUMENT, "INVALID_INPUT", "the input is not usable"),
    errors.InvalidFile: Entry(_ARGUMENT, "INVALID_FILE", "a file is not usable"),
    errors.InvalidCatalogue: Entry(
        _ARGUMENT, "INVALID_CATALOGUE", "a catalogue entry contradicts itself or an earlier one"
    ),
    errors.InvalidProgramme: Entry(
        _ARGUMENT, "INVALID_PROGRAMME", "the programme contradicts itself or its catalogue"
    ),
    errors.InvalidPredicate: Entry(
        _ARGUMENT, "INVALID_PREDICATE", "the predicate is not one of the programme's language"
    ),
    errors.DegeneratePredicate: Entry(
        _ARGUMENT, "DEGENERATE_PREDICATE", "a part of the predicate holds always or never"
    ),
    errors.EmptyConjunction: Entry(
        _ARGUMENT, "EMPTY_CONJUNCTION", "an all or any of nothing decides without asking anybody"
    ),
    errors.UnsupportedPredicate: Entry(
        _ARGUMENT, "UNSUPPORTED_PREDICATE", "the scheme cannot decide this predicate"
    ),
    errors.TooDeep: Entry(
        _ARGUMENT, "TOO_DEEP", "no parameter set of the scheme carries the formula"
    ),
    errors.InvalidGrantTable: Entry(
        _ARGUMENT, "INVALID_GRANT_TABLE", "a grant is incomplete or contradicts another"
    ),
    errors.InvalidCohort: Entry(_ARGUMENT, "INVALID_COHORT", "the cohort is not usable"),
    errors.InvalidAgencyTable: Entry(
        _ARGUMENT, "INVALID_AGENCY_TABLE", "a provider's table is not usable"
    ),
    errors.InvalidConfiguration: Entry(
        _ARGUMENT, "INVALID_CONFIGURATION", "a setting is missing or not usable"
    ),
    # Well-formed, but not allowed.
    errors.Refused: Entry(_DENIED, "REFUSED", "the request is not allowed"),
    errors.PermissionMissing: Entry(
        _DENIED,
        "PERMISSION_MISSING",
        "no grant lists this requester, affair, provider and item",
        "add the grant with its legal basis, or leave the item out of the programme",
    ),
    errors.PermissionNotApplicable: Entry(
        _DENIED,
        "PERMISSION_NOT_APPLICABLE",
        "a grant exists, but not for this purpose or date",
        "compare affair and dates with the grant table",
    ),
    errors.ProgrammeNotValid: Entry(
        _STATE,
        "PROGRAMME_NOT_VALID",
        "the programme is not valid on the reference date",
        "choose a date within its validity",
    ),
    errors.PolicyRefused: Entry(
        _DENIED,
        "POLICY_REFUSED",
        "a provider's own approval policy does not cover this run",
        "ask the provider what it approves; its log names the reason",
    ),
    errors.ProgrammeNotApproved: Entry(
        _DENIED,
        "PROGRAMME_NOT_APPROVED",
        "a provider has not approved this version of the programme",
        "publish it and ask the provider to review it, with `fusuma agency approve`",
    ),
    errors.ProgrammePublished: Entry(
        StatusCode.ALREADY_EXISTS,
        "PROGRAMME_PUBLISHED",
        "this version of the programme is published already, with other content",
        "give what has changed a new version",
    ),
    errors.ProgrammeNotPublished: Entry(
        StatusCode.NOT_FOUND,
        "PROGRAMME_NOT_PUBLISHED",
        "no such programme is published here",
        "publish it with `fusuma programme publish`",
    ),
    errors.EvidenceRefused: Entry(
        _DENIED,
        "EVIDENCE_REFUSED",
        "the enclave's evidence does not satisfy the appraisal policy",
        "compare the enclave's measurement with the one that is pinned",
    ),
    errors.QuotaExceeded: Entry(
        StatusCode.RESOURCE_EXHAUSTED,
        "QUOTA_EXCEEDED",
        "a limit of the service is reached",
        "ask for less, or wait until other runs have ended",
    ),
    errors.SchemeRefused: Entry(
        _STATE,
        "SCHEME_REFUSED",
        "the service does not offer this scheme",
        "choose another scheme, or ask whoever runs the service to offer it",
    ),
    errors.NotYours: Entry(
        _DENIED,
        "NOT_YOURS",
        "this belongs to another agency",
        "use the identity of the agency it belongs to",
    ),
    # Not what it claims to be.
    errors.Unauthentic: Entry(_ARGUMENT, "UNAUTHENTIC", "something is not what it claims to be"),
    errors.InvalidCertificate: Entry(
        StatusCode.UNAUTHENTICATED,
        "INVALID_CERTIFICATE",
        "the certificate does not name exactly one agency under this authority",
        "look at it with `fusuma pki show`",
    ),
    errors.InvalidCard: Entry(
        StatusCode.UNAUTHENTICATED,
        "INVALID_CARD",
        "an agency's card is missing, not current, or not signed under the authority",
        "have the agency register its card",
    ),
    errors.InvalidSignature: Entry(
        StatusCode.UNAUTHENTICATED, "INVALID_SIGNATURE", "a signature does not verify", _START_ANEW
    ),
    errors.InvalidMessage: Entry(
        _ARGUMENT,
        "INVALID_MESSAGE",
        "a message does not parse or a field is not valid",
        _SAME_RELEASE,
    ),
    errors.DigestMismatch: Entry(
        _ARGUMENT,
        "DIGEST_MISMATCH",
        "bytes do not have the digest that was promised for them",
        _START_ANEW,
    ),
    errors.StatementMismatch: Entry(
        _ARGUMENT,
        "STATEMENT_MISMATCH",
        "something does not match the run statement",
        _SAME_RELEASE,
    ),
    errors.ForeignChunk: Entry(
        _ARGUMENT,
        "FOREIGN_CHUNK",
        "a chunk of another run, column, position or provider",
        _START_ANEW,
    ),
    errors.ChunkConflict: Entry(
        StatusCode.ALREADY_EXISTS,
        "CHUNK_CONFLICT",
        "another version of this chunk was accepted before",
        _START_ANEW,
    ),
    errors.InvalidCiphertext: Entry(
        _ARGUMENT,
        "INVALID_CIPHERTEXT",
        "a ciphertext is not one of this run's parameters",
        _START_ANEW,
    ),
    errors.InvalidKey: Entry(
        _ARGUMENT, "INVALID_KEY", "a key is not the prescribed one", _START_ANEW
    ),
    errors.ControlMismatch: Entry(
        _ARGUMENT,
        "CONTROL_MISMATCH",
        "control slots are missing or not those committed to",
        _START_ANEW,
    ),
    errors.DuplicateCode: Entry(
        _ARGUMENT,
        "DUPLICATE_CODE",
        "a roster asks for the same person twice",
        "list every person once",
    ),
    errors.ResultMismatch: Entry(
        StatusCode.DATA_LOSS, "RESULT_MISMATCH", "a result does not belong to this run", _START_ANEW
    ),
    errors.DecryptionRefused: Entry(
        _ARGUMENT, "DECRYPTION_REFUSED", "it cannot be opened", _START_ANEW
    ),
    # Runs.
    errors.RunProblem: Entry(_STATE, "RUN_PROBLEM", "the run cannot go on"),
    errors.RunNotFound: Entry(
        StatusCode.NOT_FOUND,
        "RUN_NOT_FOUND",
        "there is no such run",
        "check its id, and whose run it is",
    ),
    errors.RunConflict: Entry(
        _STATE,
        "RUN_CONFLICT",
        "the run's identifier or state does not allow this call",
        "look at the run's state",
    ),
    errors.RunExpired: Entry(_STATE, "RUN_EXPIRED", "the run's time is over", "start a new run"),
    errors.RunFailed: Entry(_STATE, "RUN_FAILED", "the run ended without a decision"),
    errors.Unreachable: Entry(
        StatusCode.UNAVAILABLE,
        "UNREACHABLE",
        "a party to the run does not answer",
        "try again later",
    ),
    errors.ObjectMissing: Entry(
        _STATE,
        "OBJECT_MISSING",
        "a key, roster or other object has not been uploaded",
        "upload it first",
    ),
}

_CLASSES: Final[Mapping[str, type[FusumaError]]] = {
    entry.reason: kind for kind, entry in CATALOGUE.items()
}


def entry_of(error: FusumaError | type[FusumaError]) -> Entry:
    """Return the catalogue's entry for an error, or of the nearest class it is derived from."""
    kind = error if isinstance(error, type) else type(error)
    return next(CATALOGUE[base] for base in kind.__mro__ if base in CATALOGUE)


def public_failure(error: BaseException) -> tuple[str, str]:
    """Return the reason and the public text of ``error``, as a run's failure carries them."""
    if not isinstance(error, FusumaError):
        return INTERNAL_REASON, INTERNAL_TEXT
    entry = entry_of(error)
    return entry.reason, entry.text


def is_reason(reason: str) -> bool:
    """Return whether ``reason`` is one of the catalogue."""
    return reason in _CLASSES or reason == INTERNAL_REASON


def error_of(reason: str, where: str = "") -> FusumaError:
    """Return the error that a peer means by ``reason``, in this side's own words."""
    if reason not in _CLASSES:
        return errors.RunProblem(INTERNAL_TEXT, where=where)
    kind = _CLASSES[reason]
    entry = CATALOGUE[kind]
    return kind(entry.text, where=where, fix=entry.fix)
