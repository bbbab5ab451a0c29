"""Every error this system raises on purpose, as one tree that knows nothing of gRPC.

An error says what was wrong, where, and what to do about it. It never carries an attribute
value, a link code or key material, because errors end up in logs and in messages to peers.

Rules:
 * ``InvalidInput`` is about a file or argument that a person wrote and can mend.
 * ``Refused`` is about a well-formed request that law, policy or a limit does not allow.
 * ``Unauthentic`` is about bytes that are not what they claim to be; its wording never helps
   whoever forged them.
 * ``RunProblem`` is about a run that cannot go on or is not in the state a call needs.
"""

from __future__ import annotations


class FusumaError(Exception):
    """Base of all errors raised on purpose.

    Args:
        what: what is wrong, as a sentence without a full stop.
        where: file, line and column, field or run: whatever finds the place. May be empty.
        fix: what the reader can do. May be empty.
    """

    def __init__(self, what: str, *, where: str = "", fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.fix = fix

    def locate(self, where: str) -> None:
        """Say that it was at ``where``, unless it is known more closely already."""
        self.where = self.where or where

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        advice = f"; {self.fix}" if self.fix else ""
        return f"{place}{self.what}{advice}"


# --- Input that a person wrote ---------------------------------------------------------------


class InvalidInput(FusumaError):
    """A file or an argument is not usable as it stands."""


class InvalidFile(InvalidInput):
    """A YAML file is too large, not YAML, has duplicate keys or breaks its schema."""


class InvalidCatalogue(InvalidInput):
    """A catalogue entry contradicts itself or an earlier one."""


class InvalidProgramme(InvalidInput):
    """A programme contradicts itself or its catalogue."""


class InvalidPredicate(InvalidInput):
    """A predicate does not parse, does not type-check, or names something unknown."""


class DegeneratePredicate(InvalidPredicate):
    """A predicate, or a part of it, holds always or never."""


class EmptyConjunction(InvalidPredicate):
    """An ``all`` or ``any`` of nothing: it would decide without asking anybody."""


class UnsupportedPredicate(InvalidPredicate):
    """The chosen scheme or column kind lacks an operation; names the sub-expression."""


class TooDeep(UnsupportedPredicate):
    """No parameter set of the scheme carries the formula."""


class InvalidGrantTable(InvalidInput):
    """A grant row is incomplete or contradicts another."""


class InvalidCohort(InvalidInput):
    """A cohort file is empty, has duplicates or lacks a column."""


class InvalidAgencyTable(InvalidInput):
    """A provider's file has a bad row; names line and column, never the value."""


class InvalidConfiguration(InvalidInput):
    """A configuration file lacks a setting or names something that does not exist."""


# --- Well-formed, but not allowed ------------------------------------------------------------


class Refused(FusumaError):
    """Law, policy or a limit does not allow the request."""


class PermissionMissing(Refused):
    """No grant lists this requester, affair, provider and item."""


class PermissionNotApplicable(Refused):
    """A grant exists, but not for this purpose or date."""


class ProgrammeNotValid(Refused):
    """The reference date lies outside the programme's validity."""


class PolicyRefused(Refused):
    """The provider's own approval policy does not cover this run."""


class ProgrammeNotApproved(PolicyRefused):
    """The provider has not approved this version of the programme."""


class ProgrammePublished(Refused):
    """This version of the programme is published already, with other content."""


class ProgrammeNotPublished(Refused):
    """No such programme is published with this matcher."""


class EvidenceRefused(Refused):
    """Attestation evidence does not satisfy the appraisal policy."""


class QuotaExceeded(Refused):
    """The caller has used up what it may use."""


class SchemeRefused(Refused):
    """The server does not offer this scheme (``clear`` is never offered)."""


class NotYours(Refused):
    """The caller is authenticated, but this run or upload belongs to someone else."""


# --- Not what it claims to be ----------------------------------------------------------------


class Unauthentic(FusumaError):
    """Bytes, keys or claims that do not check out."""


class InvalidCertificate(Unauthentic):
    """A certificate is missing, expired, foreign, or does not name exactly one agency."""


class InvalidCard(Unauthentic):
    """An agency card is not signed under the certificate authority, or not current."""


class InvalidSignature(Unauthentic):
    """A signature does not verify under the signer's card."""


class InvalidMessage(Unauthentic):
    """A message does not parse, or a field is missing or out of range."""


class DigestMismatch(Unauthentic):
    """Bytes do not have the digest that was promised for them."""


class StatementMismatch(Unauthentic):
    """Something does not match the run statement it is bound to."""


class ForeignChunk(Unauthentic):
    """A chunk of another run, column, position or provider."""


class ChunkConflict(Unauthentic):
    """A second, different version of a chunk that was already accepted."""


class InvalidCiphertext(Unauthentic):
    """Ciphertext bytes of other parameters, out of range or of the wrong length."""


class InvalidKey(Unauthentic):
    """A public key that is not the prescribed one or cannot protect anything."""


class ControlMismatch(Unauthentic):
    """Canaries or padding differ from the commitment, or are missing."""


class DuplicateCode(Unauthentic):
    """One roster asks for the same person twice."""


class ResultMismatch(Unauthentic):
    """A result does not belong to this run, or its canaries came back wrong."""


class DecryptionRefused(Unauthentic):
    """The one and only answer to anything that cannot be opened."""


# --- Runs ------------------------------------------------------------------------------------


class RunProblem(FusumaError):
    """A run cannot go on, or a call does not fit its state."""


class RunNotFound(RunProblem):
    """No such run for this caller."""


class RunConflict(RunProblem):
    """The run identifier was used for another statement, or the state forbids the call."""


class RunExpired(RunProblem):
    """The run's time is over; its ciphertexts are deleted."""


class RunFailed(RunProblem):
    """The run ended without a decision; carries the public reason."""


class Unreachable(RunProblem):
    """A peer does not answer; says which address and what to check."""


class ObjectMissing(RunProblem):
    """An object of the run (key, roster, evidence) has not been uploaded."""
