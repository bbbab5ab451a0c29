"""The leakage statement: who learns what from a run of one plan, in sentences.

A regulator reads it before a programme is approved; a cryptographer can check every sentence
against the plan. It states what the parties learn when they keep to the protocol, and what any
two of them learn together. It does not repeat what no plan changes: docs/threat-model.md does.

Rules:
 * Every sentence names a party and follows from the plan: nothing is left to interpretation.
 * What is not prevented is said as plainly as what is.
"""

from __future__ import annotations

from matcher.core.certainty import can_be_unknown
from matcher.core.identifiers import Role
from matcher.core.noise import hiding_bits
from matcher.core.plan import Plan
from matcher.core.predicate import Constant
from matcher.core.programme import Unit
from matcher.core.render import render
from matcher.core.residue import residue
from matcher.core.scheme import ColumnKind, Scheme
from matcher.core.verdict import Verdict

_SENT = {
    ColumnKind.DECISION: "its answer to: {text}",
    ColumnKind.ATTRIBUTE: "which of {count} classes {text} falls into{absent}",
    ColumnKind.VALUE: "the value of {text}{absent}",
}
_HOW = {
    Scheme.BGV: "encrypted",
    Scheme.ENCLAVE: "sealed to the enclave",
    Scheme.CLEAR: "in the clear",
}


def leakage_of(plan: Plan) -> tuple[str, ...]:
    """Return the leakage statement of ``plan``, one sentence an item."""
    return (
        *_providers(plan),
        *_requester(plan),
        *_middle(plan),
        *_together(plan),
    )


def _providers(plan: Plan) -> list[str]:
    sentences = []
    for role in plan.roles:
        asked = "; ".join(_asked(plan, role))
        sentences.append(
            f"{role} learns which of its subjects are asked about, in which order and for which "
            f"programme. It sends, {_HOW[plan.scheme]}: {asked}. It learns no verdict and nothing "
            "that another agency holds."
        )
        sentences += _assigned(plan, role)
    if _household(plan):
        sentences.append(
            "Every agency asked learns which of its subjects belong to one household. Every "
            f"household has {plan.seats} places in a roster, filled or empty, so that only an "
            "agency that is asked about all members learns how many there are."
        )
    return sentences


def _assigned(plan: Plan, role: Role) -> list[str]:
    count = plan.agencies[role]
    if count == 1:
        return []
    who = "a member" if _household(plan) else "somebody"
    or_nobody = ", or nobody," if _household(plan) else ""
    sentence = (
        f"{count} agencies answer for {role}. Each is asked about those assigned to it only; an "
        f"empty place tells it that {who} assigned to another of them{or_nobody} sits there, not "
        "who."
    )
    return [sentence]


def _asked(plan: Plan, role: Role) -> list[str]:
    """Return what one agency of ``role`` sends; all of them are asked the same."""
    texts: dict[str, None] = {}
    for question in plan.questions_of(role):
        attribute = question.attribute
        count = 0 if attribute is None else attribute.class_count
        open_world = attribute is not None and not attribute.closed_world
        whose = " of every member" if attribute is not None and _household(plan) else ""
        absent = whose + (", or that it is absent" if open_world else "")
        sent = _SENT[plan.column_kind]
        texts.setdefault(sent.format(text=question.text, count=count, absent=absent))
    return list(texts)


def _requester(plan: Plan) -> list[str]:
    requester, slot = plan.programme.requester, "household" if _household(plan) else "subject"
    parts = (plan.predicate, *plan.tiers)
    closed = not any(can_be_unknown(part, plan.attributes) for part in parts)
    verdicts = "eligible or ineligible" if closed else "eligible, ineligible or undetermined"
    sentences = [f"{requester} learns one verdict per {slot}: {verdicts}."]
    if len(plan.tiers) > 1:
        names = ", ".join(outcome.name for outcome in plan.programme.outcomes)
        sentences.append(
            f"It learns one outcome per eligible {slot}, out of {names}: the first whose condition "
            "certainly holds and no earlier one possibly does. That tells it the condition itself: "
            f"{_tier_meanings(plan)}."
        )
    if not closed:
        sentences.append(
            "Undetermined tells it that some agency lacks a fact that would have mattered, not "
            "which agency."
        )
        if plan.parameters is not None and len(plan.tiers) > 1:
            sentences.append(
                f"Of what is possible but not certain it learns only whether the {slot} can be "
                "eligible at all, for no single outcome."
            )
    sentences += _absences(plan)
    if plan.parameters is not None:
        bits = min(hiding_bits(plan.parameters, circuit) for circuit in plan.circuits)
        count = len(plan.outputs)
        sentences.append(
            f"For an ineligible {slot} it decrypts a number that is uniform over 1 to "
            f"{plan.parameters.plain_modulus - 1}, so not how many conditions failed nor which. "
            f"Noise shows less than 2^-{bits} (statistical distance) a chunk of "
            f"{plan.chunk_slots} slots and output; this plan has {count} "
            f"output{'s' if count > 1 else ''}."
        )
    return sentences


def _tier_meanings(plan: Plan) -> str:
    return "; ".join(
        f"{outcome.name} that {render(tier, plan.attributes)}"
        for outcome, tier in zip(plan.programme.outcomes, plan.tiers, strict=True)
    )


def _absences(plan: Plan) -> list[str]:
    """Say what absent records that the programme has settled look like from outside."""
    sentences = []
    for name, rule in sorted(plan.programme.absences.items()):
        if rule.verdict is Verdict.UNDETERMINED:
            continue
        as_if = "met" if rule.verdict is Verdict.ELIGIBLE else "not met"
        sentences.append(
            f"Where {name} is absent, conditions on it count as {as_if}; the verdict does not tell "
            "that from a record of such a value."
        )
    return sentences


def _middle(plan: Plan) -> list[str]:
    matcher = (
        "The matcher learns the programme, the parties, the number of chunks of "
        f"{plan.chunk_slots} slots and the times"
    )
    if plan.parameters is not None:
        if max(plan.agencies.values()) > 1:
            matcher += ", and how many agencies answer for each role"
        hardness = f"This rests on ring learning with errors: {plan.parameters.security}."
        return [f"{matcher}; no attribute, no verdict, and not who is asked about. {hardness}"]
    if plan.scheme is Scheme.CLEAR:
        return ["The matcher sees everything: the clear scheme protects nothing."]
    if max(plan.agencies.values()) > 1:
        matcher += ", and how many agencies answer for each role"
    enclave = (
        "The enclave holds every value in its own memory and releases verdicts only; whoever "
        "breaks the enclave's platform reads them all."
    )
    return [enclave, f"{matcher}."]


def _together(plan: Plan) -> list[str]:
    requester = plan.programme.requester
    sentences = []
    if plan.parameters is not None:
        what = (
            "the answer to every single question above"
            if plan.column_kind is ColumnKind.DECISION
            else "the class of every attribute above"
        )
        sentences.append(
            f"The matcher and {requester} together learn {what}, for every subject: the matcher "
            "has the ciphertexts, the requester the key."
        )
    for role in plan.roles if len(plan.roles) > 1 else ():
        cases = "; ".join(_residues(plan, role))
        sentences.append(
            f"{role} and {requester} together, or {requester} alone where it knows what {role} "
            f"holds about a person, learn the rest of the predicate from the verdict: {cases}."
        )
    if plan.parameters is not None and len(plan.roles) > 1:
        sentences.append(
            "An agency that departs from the protocol can make a person eligible whom exactly one "
            "other agency's answer excludes; an agency that only lies about its own data cannot."
        )
    if plan.parameters is not None and max(plan.agencies.values()) > 1:
        sentences.append(
            "An agency of a role with several can exclude somebody assigned to another of them, "
            "by answering about empty places."
        )
    if plan.scheme is Scheme.ENCLAVE:
        sentences.append("An agency that answers wrongly about its own data is not noticed.")
    else:
        sentences.append(
            "The matcher and any one agency together know which slot is whose and can change a "
            "single person's verdict unnoticed; control slots show changes in bulk only."
        )
    return sentences


def _residues(plan: Plan, role: Role) -> list[str]:
    """Return what the verdict tells where ``role`` satisfies all its parts, and where none."""
    phrases = []
    for value, when in ((True, "satisfied"), (False, "not satisfied")):
        rest = residue(plan.predicate, plan.attributes, role, value=value)
        learned = (
            "nothing more"
            if isinstance(rest, Constant)
            else f"whether {render(rest, plan.attributes)}"
        )
        phrases.append(f"where {role}'s part is {when}, {learned}")
    return phrases


def _household(plan: Plan) -> bool:
    return plan.programme.unit is Unit.HOUSEHOLD
