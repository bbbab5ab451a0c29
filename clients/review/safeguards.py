"""What protects a run of a plan, and how long what belongs to it is kept, in sentences.

Rules:
 * Every figure comes from the plan or from the constants the code goes by.
"""

from __future__ import annotations

from collections.abc import Iterator

from clients.review.assessment_phrases import AssessmentPhrases
from matcher.core.ckks_parameters import CkksParameters
from matcher.core.controls import CANARIES_PER_CHUNK, ELIGIBLE_PER_CHUNK
from matcher.core.margins import least_margin
from matcher.core.paillier_parameters import PaillierParameters
from matcher.core.parameters import Parameters
from matcher.core.plan import Plan
from matcher.core.retention import FETCHED_OUTPUT_SECONDS, LONGEST_RUN_SECONDS
from matcher.identity.sealing import SUITE_NAME


def safeguards(plan: Plan, words: AssessmentPhrases) -> Iterator[str]:
    """Yield what protects a run of ``plan``."""
    if plan.parameters is not None:
        yield _encrypted(plan.parameters, words)
        yield _masked(plan, plan.parameters, words)
        if plan.parameters.most_decryptions is not None:
            yield words.few_results.format(most=plan.parameters.most_decryptions)
    else:
        yield words.sealed_to_enclave.format(seal=SUITE_NAME)
        yield words.evidence
    yield words.controls.format(
        slots=plan.chunk_slots, controls=CANARIES_PER_CHUNK, eligible=ELIGIBLE_PER_CHUNK
    )
    yield words.rosters.format(seal=SUITE_NAME)
    yield words.signatures
    yield words.own_checks
    yield words.connections


def retention(words: AssessmentPhrases) -> Iterator[str]:
    """Yield what is deleted when, and what stays with whom."""
    yield words.run_data.format(hours=LONGEST_RUN_SECONDS // 3600)
    yield words.results.format(seconds=FETCHED_OUTPUT_SECONDS)
    yield words.run_key
    yield words.kept_by_matcher
    yield words.kept_by_providers
    yield words.kept_by_requester


def _encrypted(parameters: Parameters, words: AssessmentPhrases) -> str:
    if isinstance(parameters, PaillierParameters):
        return words.encrypted_by_modulus.format(name=parameters.name, bits=parameters.modulus_bits)
    return words.encrypted.format(
        scheme=parameters.scheme.value.upper(),
        name=parameters.name,
        degree=parameters.degree,
        bits=parameters.log2_modulus,
        against=words.quantum if parameters.resists_quantum else words.classical,
    )


def _masked(plan: Plan, parameters: Parameters, words: AssessmentPhrases) -> str:
    match parameters:
        case PaillierParameters():
            return words.masked_exactly.format(slots=plan.chunk_slots)
        case CkksParameters():
            advantage = f"{100 * parameters.advantage:.1f}"
            return words.masked_in_part.format(slots=plan.chunk_slots, advantage=advantage)
        case _:
            hiding = least_margin(parameters, plan.circuits).hiding_bits
            return words.masked.format(hiding=hiding, slots=plan.chunk_slots)
