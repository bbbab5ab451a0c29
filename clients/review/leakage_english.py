"""Who learns what from a run, in English."""

from __future__ import annotations

from matcher.core.ckks_parameters import CkksParameters
from matcher.core.lattice_parameters import PLAIN_MODULUS
from matcher.core.leakage_findings import (
    AbsenceSettled,
    AnswerOverruled,
    ClearProtectsNothing,
    EmptyPlacesAnswered,
    EnclaveHolds,
    Finding,
    HouseholdsSeen,
    MatcherLearns,
    MatcherWithAgency,
    MatcherWithRequester,
    MissesHidden,
    OutcomeLearned,
    PossibilityLearned,
    ProviderLearns,
    RestLearned,
    RoleShared,
    Sent,
    UndeterminedTells,
    VerdictLearned,
    WrongAnswerUnnoticed,
)
from matcher.core.paillier_parameters import PaillierParameters
from matcher.core.parameters import Parameters
from matcher.core.programme import Unit
from matcher.core.scheme import HOMOMORPHIC_SCHEMES, ColumnKind, Scheme

_SENT = {
    ColumnKind.DECISION: "its answer to: {text}",
    ColumnKind.ATTRIBUTE: "which of {classes} classes {text} falls into{whose}{absent}",
    ColumnKind.VALUE: "the value of {text}{whose}{absent}",
}
_HOW = {
    **dict.fromkeys(HOMOMORPHIC_SCHEMES, "encrypted"),
    Scheme.ENCLAVE: "sealed to the enclave",
    Scheme.CLEAR: "in the clear",
}
_SUBJECT = {Unit.PERSON: "subject", Unit.HOUSEHOLD: "household"}
_WHOLE = {
    ColumnKind.DECISION: "the answer to every single question above",
    ColumnKind.ATTRIBUTE: "the class of every attribute above",
    ColumnKind.VALUE: "the value of every attribute above",
}


def english(finding: Finding) -> str:  # noqa: C901, PLR0911, PLR0912 - one case a kind of finding
    """Return ``finding`` in English."""
    match finding:
        case ProviderLearns(role, scheme, sends):
            return (
                f"{role} learns which of its subjects are asked about, in which order and for "
                f"which programme. It sends, {_HOW[scheme]}: {'; '.join(map(_sent, sends))}. It "
                "learns no verdict and nothing that another agency holds."
            )
        case RoleShared(role, agencies, unit):
            household = unit is Unit.HOUSEHOLD
            return (
                f"{agencies} agencies answer for {role}. Each is asked about those assigned to it "
                f"only; an empty place tells it that {'a member' if household else 'somebody'} "
                f"assigned to another of them{', or nobody,' if household else ''} sits there, "
                "not who."
            )
        case HouseholdsSeen(places):
            return (
                "Every agency asked learns which of its subjects belong to one household. Every "
                f"household has {places} places in a roster, filled or empty, so that only an "
                "agency that is asked about all members learns how many there are."
            )
        case VerdictLearned(requester, unit, undetermined):
            verdicts = (
                "eligible, ineligible or undetermined" if undetermined else "eligible or ineligible"
            )
            return f"{requester} learns one verdict per {_SUBJECT[unit]}: {verdicts}."
        case OutcomeLearned(unit, conditions):
            names = ", ".join(name for name, _ in conditions)
            meanings = "; ".join(f"{name} that {text}" for name, text in conditions)
            return (
                f"It learns one outcome per eligible {_SUBJECT[unit]}, out of {names}: the first "
                "whose condition certainly holds and no earlier one possibly does. That tells it "
                f"the condition itself: {meanings}."
            )
        case UndeterminedTells():
            return (
                "Undetermined tells it that some agency lacks a fact that would have mattered, not "
                "which agency."
            )
        case PossibilityLearned(unit):
            return (
                f"Of what is possible but not certain it learns only whether the {_SUBJECT[unit]} "
                "can be eligible at all, for no single outcome."
            )
        case AbsenceSettled(attribute, met):
            return (
                f"Where {attribute} is absent, conditions on it count as "
                f"{'met' if met else 'not met'}; the verdict does not tell that from a record of "
                "such a value."
            )
        case MissesHidden():
            return _hidden(finding)
        case MatcherLearns(slots, agency_counts, parameters):
            learned = (
                "The matcher learns the programme, the parties, the number of chunks of "
                f"{slots} slots and the times"
                + (", and how many agencies answer for each role" if agency_counts else "")
            )
            if parameters is None:
                return f"{learned}."
            return (
                f"{learned}; no attribute, no verdict, and not who is asked about. This rests on "
                f"{_hardness(parameters)}: {parameters.security}."
            )
        case ClearProtectsNothing():
            return "The matcher sees everything: the clear scheme protects nothing."
        case EnclaveHolds():
            return (
                "The enclave holds every value in its own memory and releases verdicts only; "
                "whoever breaks the enclave's platform reads them all."
            )
        case MatcherWithRequester(requester, kind):
            return (
                f"The matcher and {requester} together learn {_WHOLE[kind]}, for every subject: "
                "the matcher has the ciphertexts, the requester the key."
            )
        case RestLearned(role, requester, satisfied, missed):
            return (
                f"{role} and {requester} together, or {requester} alone where it knows what {role} "
                "holds about a person, learn the rest of the predicate from the verdict: where "
                f"{role}'s part is satisfied, {_rest(satisfied)}; where {role}'s part is not "
                f"satisfied, {_rest(missed)}."
            )
        case AnswerOverruled():
            return (
                "An agency that departs from the protocol can make a person eligible whom other "
                "agencies' answers exclude, where it guesses how many of them do; an agency that "
                "only lies about its own data cannot."
            )
        case EmptyPlacesAnswered():
            return (
                "An agency of a role with several can exclude somebody assigned to another of "
                "them, by answering about empty places."
            )
        case WrongAnswerUnnoticed():
            return "An agency that answers wrongly about its own data is not noticed."
        case MatcherWithAgency():
            return (
                "The matcher and any one agency together know which slot is whose and can change a "
                "single person's verdict unnoticed; control slots show changes in bulk only."
            )


def _hidden(finding: MissesHidden) -> str:
    subject = f"For an ineligible {_SUBJECT[finding.unit]}"
    outputs = f"this plan has {finding.outputs} output{'s' if finding.outputs > 1 else ''}"
    match finding.parameters:
        case PaillierParameters(modulus_bits=bits):
            return (
                f"{subject} it decrypts a number that is uniform over 1 to n - 1, n being the "
                f"key's modulus of {bits} bits, so not how many conditions failed nor which. "
                f"Nothing else shows in any of the {finding.slots} slots of a chunk; {outputs}."
            )
        case CkksParameters(mask_bits=bits) as ckks:
            return (
                f"{subject} it can decrypt how many conditions failed, multiplied by a random "
                f"complex number from 1 to 2^{bits} in size. Its program keeps only whether that "
                "is about 0 and shows the number to nobody; but who holds the key can compute it, "
                "and every number tells one failed condition from two with an advantage of "
                f"{100 * ckks.advantage:.1f} % (statistical distance). Noise shows less than "
                f"2^-{finding.bits} a chunk of {finding.slots} slots and output. This scheme is "
                f"for research only; {outputs}."
            )
        case _:
            return (
                f"{subject} it decrypts a number that is uniform over 1 to {PLAIN_MODULUS - 1}, so "
                "not how many conditions failed nor which. Noise shows less than "
                f"2^-{finding.bits} (statistical distance) a chunk of {finding.slots} slots and "
                f"output; {outputs}."
            )


def _hardness(parameters: Parameters) -> str:
    if isinstance(parameters, PaillierParameters):
        return "the decisional composite residuosity assumption"
    return "ring learning with errors"


def _sent(one: Sent) -> str:
    return _SENT[one.kind].format(
        text=one.text,
        classes=one.classes,
        whose=" of every member" if one.every_member else "",
        absent=", or that it is absent" if one.may_be_absent else "",
    )


def _rest(text: str) -> str:
    return f"whether {text}" if text else "nothing more"
