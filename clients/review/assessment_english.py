"""An impact assessment's words in English."""

from __future__ import annotations

from clients.review.assessment_phrases import AssessmentPhrases
from matcher.core.grants import BasisKind
from matcher.core.programme import Unit
from matcher.core.scheme import ColumnKind, Scheme

ENGLISH = AssessmentPhrases(
    title="Impact assessment: {title}",
    made_from="Made from the programme, the legal table and the plan that would be run on "
    "{day}; nothing in it is written by hand. It states what the system does. It does not "
    "take the place of an assessment that a law asks of the agency itself.",
    not_named="Which office is responsible and how to reach it does not follow from the "
    "programme; whoever publishes this adds it.",
    incomplete="The legal table does not allow everything that is asked. Until the rows marked "
    "below are added, no run begins.",
    purpose="Purpose",
    programme="Programme",
    version="Version",
    affair="Affair",
    procedure="Procedure",
    legal_basis="Legal basis of the benefit",
    validity="Validity",
    unit="Decided about",
    decided_on="As of",
    none_stated="none stated",
    until="from {first} to {last}",
    open_end="from {first} on",
    units={Unit.PERSON: "a person", Unit.HOUSEHOLD: "a household of up to {most} members"},
    parties="Parties",
    party="Party",
    part="Part",
    requester_part="asks, and alone learns the decisions",
    provider_part="answers as {role}, from its own records",
    matcher="the matcher",
    matcher_part="relays and computes; reads no record and no decision",
    enclave="the enclave",
    enclave_part="decides inside attested code; releases decisions only, to the requester",
    items="Items asked of each party",
    item="Item",
    source="Source",
    absence="Where there is no value",
    assumed="{value} is assumed",
    unknown="unknown; where it matters, the decision is “undetermined”",
    against="counts as a condition that is not met: {reason}",
    harmless="does not count against anybody: {reason}",
    open_with_reason="unknown; where it matters, the decision is “undetermined”: {reason}",
    legal="Legal rows that cover each item",
    row="Row",
    row_validity="Row in force",
    basis="{kind}: {basis}",
    basis_procedure="{kind}: {basis} (procedure: {procedure})",
    missing="MISSING: no row of the legal table lists this item",
    not_applicable="MISSING: a row lists this item, but not for this affair, procedure or date",
    kinds={BasisKind.LAW: "law", BasisKind.ORDINANCE: "ordinance"},
    rule="The rule",
    rule_source="The sentences are made from the rule that is evaluated:",
    outcomes="Outcomes",
    outcome="Outcome",
    amount="Amount",
    no_amount="nothing is paid",
    learns="What each party learns",
    safeguards="Safeguards",
    encrypted="Every answer is encrypted with {scheme} before it leaves its agency, under a key "
    "made for one run (set {name}: ring degree {degree}, {bits}-bit modulus; 128-bit security "
    "against {against}).",
    encrypted_by_modulus="Every answer is encrypted with Paillier's scheme before it leaves its "
    "agency, under a key made for one run (set {name}: a modulus of {bits} bits; 128-bit security "
    "against classical computers, none against quantum computers). The key comes with a proof that "
    "masks hide what they cover.",
    classical="classical computers",
    quantum="classical and quantum computers",
    masked="A result is multiplied by a random mask in every slot, re-randomised with a fresh "
    "encryption of zero and flooded with noise, so that what a decryption shows is within "
    "2^-{hiding} of showing the decision alone, for each chunk of {slots} slots and output.",
    masked_exactly="A result is multiplied by a random mask in every one of a chunk's {slots} "
    "slots and re-randomised with a fresh encryption of zero: what a decryption shows is the "
    "decision alone.",
    masked_in_part="A result is multiplied by a random complex number in every one of a chunk's "
    "{slots} slots, re-randomised and flooded with noise. That hides how many conditions somebody "
    "misses only in part: every number tells one from two with an advantage of {advantage} % "
    "(statistical distance). The requester's program rounds what it decrypts to the decision and "
    "shows nothing else. This scheme is for research: it is not to be used to decide about "
    "anybody.",
    few_results="A key opens at most {most} results; then it is dropped.",
    controls="Of every chunk of {slots} slots at least {controls} are control slots with known "
    "answers ({eligible} of them eligible), at places only the requester and the agencies "
    "know. A result in which one of them is wrong is discarded.",
    sealed_to_enclave="Every value is sealed ({seal}) to the enclave of this run before it "
    "leaves its agency.",
    evidence="Each agency appraises the enclave's evidence against its own policy and seals "
    "nothing without it. Evidence of a simulated enclave protects nothing by itself.",
    rosters="Who is asked about is in a roster for each agency, padded and sealed to it "
    "({seal}); the matcher cannot open it.",
    signatures="Run statement, programme, answers and results are signed (Ed25519) by whoever "
    "made them and verified by whoever uses them; the certificates of all parties come from "
    "one authority.",
    own_checks="Each agency decides by its own copy of the legal table, its own list of "
    "approved programmes and its own limits whether it answers at all, and records it.",
    connections="All connections use TLS with certificates on both sides; an agency opens no "
    "port to anybody.",
    retention="Retention",
    run_data="Ciphertexts, sealed values and rosters are deleted when the run ends, or when "
    "its time is over: after {hours} hours at the latest.",
    results="Masked results are deleted {seconds} seconds after the requester has fetched "
    "them, or when the run's time is over.",
    run_key="The key that opens results exists in the requester's memory during one run and "
    "is never written.",
    kept_by_matcher="The matcher keeps signed statements, manifests, digests, counts and "
    "times; nothing about a person.",
    kept_by_providers="Each agency keeps a journal of which runs it answered or declined, "
    "for whom, and about how many people; nothing about a person.",
    kept_by_requester="The requester keeps the decisions, and, if so configured, what opens "
    "its commitments to an overseer.",
    technique="Scheme and parameters",
    scheme="Scheme",
    columns="What an agency sends",
    parameters="Parameters",
    programme_digest="Programme digest (SHA-256)",
    plan_digest="Plan digest (SHA-256)",
    schemes={
        Scheme.BGV: "homomorphic encryption (BGV)",
        Scheme.BFV: "homomorphic encryption (BFV)",
        Scheme.CKKS: "approximate homomorphic encryption (CKKS), for research only",
        Scheme.PAILLIER: "additively homomorphic encryption (Paillier)",
        Scheme.ENCLAVE: "trusted execution environment (enclave)",
        Scheme.CLEAR: "none: for tests only",
    },
    column_kinds={
        ColumnKind.DECISION: "its answer to its part of the rule",
        ColumnKind.ATTRIBUTE: "the class of each attribute",
        ColumnKind.VALUE: "the value of each attribute",
    },
)
