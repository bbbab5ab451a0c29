"""docs/planning.md lets others compile plans; these tests hold it against what is compiled here."""

import json
import math
import re
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import pytest

from matcher.core import bfv_noise, ckks_noise
from matcher.core import bgv_noise as noise
from matcher.core.asking import MOST_AGENCIES
from matcher.core.bfv_parameters import BFV_SETS
from matcher.core.bgv_parameters import BGV_SETS, BgvParameters
from matcher.core.canonical import canonical_json
from matcher.core.catalogue import LARGEST_CODE, MOST_CLASSES, AttributeType
from matcher.core.circuit import AtMost, Circuit, Miss, Product, Sum, circuit_json
from matcher.core.ckks_parameters import CKKS_SETS
from matcher.core.decision_layout import MOST_TERMS
from matcher.core.formula import MOST_ALTERNATIVES, MOST_LEAVES
from matcher.core.identifiers import Role
from matcher.core.lattice_parameters import PLAIN_MODULUS
from matcher.core.normal import normal_form
from matcher.core.parameter_choice import carries
from matcher.core.parameters import PARAMETER_SETS, parameter_sets
from matcher.core.plan import CHUNK_SLOTS, Plan, compile_plan
from matcher.core.programme import MOST_MEMBERS, MOST_OUTCOMES
from matcher.core.render import render
from matcher.core.scheme import HOMOMORPHIC_SCHEMES, ColumnKind, Scheme
from matcher.language import bundle, catalogue_file, cel
from matcher.language.assembly import MOST_ATTRIBUTES, MOST_TEXT
from matcher.language.bundle import bundle_digest, dump_bundle, load_bundle
from matcher.language.conditions import compile_predicate
from matcher.language.examples import MOST_EXAMPLES
from matcher.language.parameters import MOST_ENTRIES

ROOT: Final = Path(__file__).parents[3]
PAGE: Final = (ROOT / "docs" / "planning.md").read_text(encoding="utf-8")
# A sentence may be broken anywhere.
PROSE: Final = " ".join(PAGE.split())
DAY: Final = date(2026, 6, 1)
SCHEMES: Final = {
    ColumnKind.DECISION: Scheme.BGV,
    ColumnKind.ATTRIBUTE: Scheme.BGV,
    ColumnKind.VALUE: Scheme.ENCLAVE,
}
_ROW: Final = re.compile(r"^\| `(.+)` \| `(.+)` \|$", re.MULTILINE)


def _example(name: str) -> Any:
    return json.loads(PAGE.partition(f"example: {name} -->\n```json\n")[2].partition("```")[0])


BUNDLE: Final = canonical_json(_example("bundle"))
HOUSEHOLD: Final = canonical_json(_example("bundle-household"))


def _plan(kind: ColumnKind) -> Plan:
    return compile_plan(load_bundle(BUNDLE), bundle_digest(BUNDLE), SCHEMES[kind], kind, DAY)


def _plan_of_household(kind: ColumnKind) -> Plan:
    bundle = load_bundle(HOUSEHOLD)
    agencies = {Role("tax"): 2}
    digest = bundle_digest(HOUSEHOLD)
    return compile_plan(bundle, digest, SCHEMES[kind], kind, DAY, agencies=agencies)


def _normal_forms() -> list[tuple[str, str]]:
    table = PAGE.partition("| as written | in normal form |")[2].partition("\n\n")[0]
    return [
        (row[1].replace(r"\|", "|"), row[2].replace(r"\|", "|")) for row in _ROW.finditer(table)
    ]


def test_the_bundles_on_the_page_are_some() -> None:
    for what, written in (("bundle", BUNDLE), ("bundle of a household", HOUSEHOLD)):
        assert dump_bundle(load_bundle(written)) == written
        assert f"| {what} | `{bundle_digest(written).hex()}` |" in PAGE


@pytest.mark.parametrize("kind", ColumnKind)
def test_its_plans_have_the_digests_on_the_page(kind: ColumnKind) -> None:
    assert re.search(rf"\| plan, {kind.value}.* \| `{_plan(kind).digest.hex()}` \|", PAGE)


@pytest.mark.parametrize("kind", [ColumnKind.DECISION, ColumnKind.VALUE])
def test_plans_of_the_household_have_the_digests_on_the_page(kind: ColumnKind) -> None:
    digest = _plan_of_household(kind).digest.hex()
    assert re.search(rf"\| plan of a household, {kind.value}.* \| `{digest}` \|", PAGE)


def test_the_household_is_asked_what_is_on_the_page() -> None:
    plan = _plan_of_household(ColumnKind.DECISION)
    written = plan.to_json()
    assert written["outputs"] == _example("outputs-household")
    tiers = "\n".join(render(tier, plan.attributes) for tier in plan.tiers)
    assert f"```text\n{tiers}\n```" in PAGE
    for asked in plan.questions:
        columns = ", ".join(map(str, asked.columns))
        row = f"| {asked.index} | {asked.role} | {asked.provider} | `{asked.text}` | {columns} |"
        assert f"\n{row}\n" in PAGE
    assert plan.parameters is not None
    assert f"The parameters are `{plan.parameters.name}`." in PROSE


def test_the_household_has_the_values_on_the_page() -> None:
    questions = _plan_of_household(ColumnKind.VALUE).questions
    assert f"*Value* columns are {len(questions)}:" in PROSE
    nobody = list(dict.fromkeys(str(question.elsewhere) for question in questions))
    assert f"nobody is {', '.join(nobody[:-1])} and {nobody[-1]}." in PROSE


@pytest.mark.parametrize("kind", [ColumnKind.DECISION, ColumnKind.ATTRIBUTE])
def test_its_outputs_are_those_on_the_page(kind: ColumnKind) -> None:
    assert _plan(kind).to_json()["outputs"] == _example(f"outputs-{kind.value}")


def test_its_normal_form_and_questions_are_those_on_the_page() -> None:
    plan = _plan(ColumnKind.DECISION)
    assert f"```text\n{render(plan.predicate, plan.attributes)}\n```" in PAGE
    for asked in plan.questions:
        columns = ", ".join(map(str, asked.columns))
        assert f"\n| {asked.index} | {asked.role} | `{asked.text}` | {columns} |\n" in PAGE


def test_the_whole_plan_on_the_page_is_that_of_its_vector() -> None:
    file = ROOT / "tests" / "vectors" / "protocol" / "plan-decision.json"
    vector = json.loads(file.read_text(encoding="utf-8"))
    assert canonical_json(_example("plan")).decode() == vector["plan"]
    assert f"Its digest is `{vector['plan_digest']}`" in PAGE


@pytest.mark.parametrize(("written", "normal"), _normal_forms())
def test_predicates_have_the_normal_form_on_the_page(written: str, normal: str) -> None:
    attributes = load_bundle(BUNDLE).catalogue.attributes
    predicate = compile_predicate(cel.Source(written, str), attributes, {})
    assert render(normal_form(predicate), attributes) == normal


def test_the_table_of_normal_forms_is_found() -> None:
    assert len(_normal_forms()) > 4


@pytest.mark.parametrize(
    ("circuit", "name"),
    [
        (Sum((Miss(0), Miss(2))), "bgv-8192-104"),
        (Product((Miss(0), Miss(2))), "bgv-8192-152"),
        (AtMost(1, (Miss(0), Miss(2), Miss(4))), "bgv-8192-152"),
    ],
)
def test_the_noise_of_a_circuit_is_that_on_the_page(circuit: Circuit, name: str) -> None:
    found = noise.output_noise(BGV_SETS[name], circuit)
    first = next(row.name for row in BGV_SETS.values() if carries(row, circuit))
    text = canonical_json(circuit_json(circuit)).decode()
    figures = f"{found.level} | {found.bound} | {found.flood.words} | {found.flood.top}"
    assert first == name
    assert f"| `{text}` | `{name}` | {figures} | yes |" in PAGE


@pytest.mark.parametrize("parameters", BGV_SETS.values(), ids=lambda row: row.name)
def test_constants_of_a_parameter_set_are_those_on_the_page(parameters: BgvParameters) -> None:
    n, t = parameters.degree, parameters.plain_modulus
    assert f"n = {n}, t = {t}, P = {parameters.special_prime}" in PROSE
    assert f"= {noise.fresh_bound(parameters)}\n" in PAGE
    assert f"= {t * (1 + n)}\n" in PAGE


@pytest.mark.parametrize("scheme", HOMOMORPHIC_SCHEMES)
def test_parameter_sets_are_tried_in_the_order_on_the_page(scheme: Scheme) -> None:
    names = ", ".join(f"`{row.name}`" for row in parameter_sets(scheme))
    assert f"\n| `{scheme.value}` | {names} | " in PAGE


def test_the_sets_that_quantum_computers_would_break_are_those_on_the_page() -> None:
    broken = {row.name for row in PARAMETER_SETS.values() if not row.resists_quantum}
    assert broken == {"bgv-8192-192", "bfv-8192-192", "paillier-3072"}
    assert "all but `bgv-8192-192` and `bfv-8192-192` have them against quantum" in PROSE


CIRCUITS = (
    Sum((Miss(0), Miss(2))),
    Product((Miss(0), Miss(2))),
    AtMost(1, (Miss(0), Miss(2), Miss(4))),
)


@pytest.mark.parametrize("circuit", CIRCUITS, ids=lambda circuit: type(circuit).__name__)
def test_the_noise_of_a_circuit_under_bfv_is_that_on_the_page(circuit: Circuit) -> None:
    row = next(row for row in BFV_SETS.values() if carries(row, circuit))
    found = bfv_noise.output_noise(row, circuit)
    text = canonical_json(circuit_json(circuit)).decode()
    figures = f"{found.bound} | {found.flood.words} | {found.flood.top}"
    assert f"| `{text}` | `{row.name}` | {figures} | yes |" in PAGE
    assert f"= {bfv_noise.fresh_bound(row)}\n" in PAGE
    assert f"= {bfv_noise.switch_bound(row)}\n" in PAGE


@pytest.mark.parametrize("circuit", CIRCUITS, ids=lambda circuit: type(circuit).__name__)
def test_the_noise_of_a_circuit_under_ckks_is_that_on_the_page(circuit: Circuit) -> None:
    row = next(row for row in CKKS_SETS.values() if carries(row, circuit))
    found = ckks_noise.output_noise(row, circuit)
    text = canonical_json(circuit_json(circuit)).decode()
    figures = f"{found.bound} | {found.flood.words} | {found.flood.top}"
    assert f"| `{text}` | `{row.name}` | {figures} | yes |" in PAGE


def test_ckks_by_the_page_alone_gives_the_same() -> None:
    """The sum of two misses, step by step as the page says."""
    row = CKKS_SETS["ckks-8192-152"]
    n, special = row.degree, row.special_prime
    scale, mask_scale = row.scale_bits, row.mask_scale_bits
    enc = 21 * (2 * n + 1) // special + 1 + (n + 1) // 2 + 1
    column = enc + 1 + n // 4 + 1
    largest = 2**row.mask_bits + Fraction(n, 2**mask_scale)
    bound = (2 ** (row.mask_bits + mask_scale) + n) * 2 * column + enc + 1
    decoding = Fraction(16 * 13, 2**53) * (math.isqrt(n) + 1) * (largest * 2**row.value_bits + 1)
    width = math.isqrt(math.ceil(Fraction(n * (128 + 1 + n.bit_length()) * 6932, 30000))) + 1
    assert f"= {width} for n = {n}" in PROSE
    room = (Fraction(1, 4) - decoding) * 2 ** (scale + mask_scale)
    room -= n * (bound + 1) + n * (n + 1) * row.primes[2]
    values = 2 * math.floor(room / width)
    words = max(values.bit_length() - 8, 0) // 32
    found = ckks_noise.output_noise(row, CIRCUITS[0])
    assert (bound, words, values >> 32 * words) == (
        found.bound,
        found.flood.words,
        found.flood.top,
    )


def test_limits_on_the_page_are_those_of_the_code() -> None:
    assert f"At most {bundle.MOST_BYTES} bytes" in PROSE
    assert f"CEL, at most {cel.MOST_BYTES} bytes" in PROSE
    assert f"within ±{LARGEST_CODE}" in PROSE
    assert f"1 to {MOST_ATTRIBUTES}." in PROSE
    assert f"more than {MOST_CLASSES} are refused" in PROSE
    assert f"must be below {PLAIN_MODULUS}" in PROSE
    assert f"with `eligible` at most {MOST_TEXT} bytes together" in PROSE
    assert f"2 to {MOST_MEMBERS} for a household" in PROSE
    assert f"at most {MOST_OUTCOMES}, in order" in PROSE
    assert f"with 1 to {MOST_ENTRIES} entries" in PROSE
    assert f"at most {MOST_EXAMPLES} |" in PROSE
    assert f"how many agencies answer, 1 to {MOST_AGENCIES}" in PROSE
    assert f"more than {MOST_ALTERNATIVES} choices or {MOST_LEAVES} leaves" in PROSE
    assert f"More than {MOST_TERMS} ways are refused" in PROSE
    assert f"| `chunk_slots` | {CHUNK_SLOTS}; with `ckks` half the degree" in PAGE
    assert f"E << {noise.FLOODING_BITS}\n" in PAGE
    assert f"n · {noise.ERROR_BOUND} · ({noise.TAIL_BITS} + 1 + bits(2·n))" in PAGE
    assert catalogue_file.IDENTIFIER.pattern in PAGE
    assert ", ".join(f"`{kind.value}`" for kind in AttributeType) in PAGE


def test_words_that_are_no_names_are_those_on_the_page() -> None:
    listed = PROSE.partition("Not to be used in names: ")[2].partition(".")[0]
    assert set(re.findall(r"`([a-z]+)`", listed)) == catalogue_file.RESERVED
