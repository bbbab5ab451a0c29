from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from html import unescape
from html.parser import HTMLParser

import pytest

from clients.review.assessing import Assessment, assess
from clients.review.assessment_document import ASSESSMENT, assessment_document, assessment_title
from clients.review.html_page import html_page
from clients.review.legal import Providers
from clients.review.phrases import Language
from clients.review.wording import Wording
from matcher.core.errors import InvalidConfiguration, ProgrammeNotValid
from matcher.core.grants import GrantTable
from matcher.core.identifiers import AgencyId, AttributeName, Role
from matcher.core.predicate import AttributeOperand, Comparison, ConstantOperand, Operator
from matcher.core.programme import AbsenceRule, Interval, Outcome, Payment, Programme
from matcher.core.scheme import ColumnKind, OfferedScheme, Scheme
from matcher.core.verdict import Verdict
from matcher.language import load_grants, load_programme
from programmes import programme_path

DAY = date(2026, 6, 1)
SCHEMES = [Scheme(scheme) for scheme in OfferedScheme]
SUPPORT = load_programme(programme_path("city/support"))
GRANTS = load_grants(programme_path("city/grants"))
BRACKET = AttributeName("tax.income_bracket")

YEARLY = Payment("JPY", Interval.YEAR)
NOT_TAXED = Comparison(AttributeOperand(BRACKET), Operator.EQ, ConstantOperand(0))


def assessed(
    programme: Programme = SUPPORT,
    *,
    grants: GrantTable = GRANTS,
    scheme: Scheme = Scheme.BGV,
    named: Providers | None = None,
) -> Assessment:
    kind = ColumnKind.VALUE if scheme is Scheme.ENCLAVE else ColumnKind.DECISION
    return assess(programme, DAY, scheme=scheme, kind=kind, grants=grants, named=named or {})


def section(assessment: Assessment, name: str, language: Language = Language.EN) -> str:
    """The text of a section, by the name of its heading's phrase."""
    title = getattr(ASSESSMENT[language], name)
    text = assessment_document(assessment, language)
    _, _, rest = text.partition(f"## {title}\n")
    assert rest, f"there is no section {title}"
    return rest.partition("\n## ")[0]


def test_the_purpose_is_the_programmes_own() -> None:
    purpose = section(assessed(), "purpose")
    facts = (SUPPORT.id, SUPPORT.version, SUPPORT.affair, SUPPORT.legal_basis)
    for fact in (*facts, Wording({}, Language.EN).day(DAY)):
        assert fact in purpose
    assert "Procedure: none stated" in purpose


def test_every_item_has_its_source_and_the_row_that_covers_it() -> None:
    assessment = assessed()
    assert assessment.covered
    items, legal = section(assessment, "items"), section(assessment, "legal")
    for one in assessment.coverage:
        assert one.grant is not None
        attribute = SUPPORT.catalogue.attributes[one.item]
        assert attribute.source in items
        assert f"| `{one.provider}` | {attribute.title['en']} (`{one.item}`) |" in legal
        assert one.grant.basis in legal
    assert "**" not in assessment_document(assessment, Language.EN)


def test_an_item_without_a_row_is_said_at_the_head_and_in_its_place() -> None:
    table = GrantTable(tuple(grant for grant in GRANTS.grants if grant.provider != "tax"))
    assessment = assessed(grants=table)
    words = ASSESSMENT[Language.EN]
    assert not assessment.covered
    text = assessment_document(assessment, Language.EN)
    assert text.index(words.incomplete) < text.index(words.purpose)
    assert f"**{words.missing}**" in section(assessment, "legal")
    assert section(assessment, "legal").count("**") == 2


def test_a_row_for_another_affair_is_told_from_no_row() -> None:
    table = GrantTable(tuple(replace(grant, affair="taxes") for grant in GRANTS.grants))
    legal = section(assessed(grants=table), "legal")
    assert legal.count(ASSESSMENT[Language.EN].not_applicable) == 2
    assert ASSESSMENT[Language.EN].missing not in legal


def test_what_absence_means_is_said_with_its_reason() -> None:
    catalogue = SUPPORT.catalogue
    closed = replace(catalogue.attributes[BRACKET], absent=0)
    reason = {"en": "whoever files nothing earns nothing", "ja": "申告がなければ所得なし"}
    for programme, expected in {
        "unknown": (SUPPORT, "unknown; where it matters"),
        "assumed": (
            replace(
                SUPPORT,
                catalogue=replace(catalogue, attributes={**catalogue.attributes, BRACKET: closed}),
            ),
            "0 is assumed",
        ),
        "against": (_absent(Verdict.INELIGIBLE, reason), f"not met: {reason['en']}"),
        "harmless": (_absent(Verdict.ELIGIBLE, reason), f"against anybody: {reason['en']}"),
        "open": (_absent(Verdict.UNDETERMINED, reason), f"“undetermined”: {reason['en']}"),
    }.values():
        row = next(
            line for line in section(assessed(programme), "items").splitlines() if BRACKET in line
        )
        assert expected in row
    assert reason["ja"] in section(
        assessed(_absent(Verdict.INELIGIBLE, reason)), "items", Language.JA
    )


def _absent(verdict: Verdict, reason: Mapping[str, str]) -> Programme:
    return replace(SUPPORT, absences={BRACKET: AbsenceRule(verdict, reason)})


def test_outcomes_are_listed_with_what_they_pay() -> None:
    outcomes = (
        Outcome("full", {"en": "In full", "ja": "全額"}, NOT_TAXED, "…", 10000),
        Outcome("advice", {}, None, "", None),
    )
    programme = replace(SUPPORT, outcomes=outcomes, payment=YEARLY)
    assessment = replace(assessed(programme), amounts=(10000, None))
    table = section(assessment, "outcomes")
    assert f"| In full | {Wording({}, Language.EN).paid(10000, YEARLY)} |" in table
    assert "| advice | nothing is paid |" in table
    japanese = Wording({}, Language.JA).paid(10000, YEARLY)
    assert f"| 全額 | {japanese} |" in section(assessment, "outcomes", Language.JA)
    assert "## Outcomes" not in assessment_document(assessed(), Language.EN)


def test_safeguards_are_those_of_the_plan() -> None:
    encrypted = assessed()
    parameters = encrypted.plan.parameters
    assert parameters is not None
    text = section(encrypted, "safeguards")
    assert parameters.name in text
    assert f"{parameters.log2_modulus}-bit modulus" in text
    assert re.search(r"within 2\^-[0-9]{2} of", text)
    assert "at least 16 are control slots" in text
    assert "enclave" not in text
    sealed = section(assessed(scheme=Scheme.ENCLAVE), "safeguards")
    assert "sealed (HPKE with MLKEM768-X25519" in sealed
    assert "BGV" not in sealed


def test_every_homomorphic_scheme_has_safeguards_of_its_own() -> None:
    bfv = section(assessed(scheme=Scheme.BFV), "safeguards")
    assert "encrypted with BFV" in bfv
    assert re.search(r"within 2\^-[0-9]{2} of", bfv)
    paillier = section(assessed(scheme=Scheme.PAILLIER), "safeguards")
    assert "a modulus of 3072 bits; 128-bit security against classical computers, none" in paillier
    assert "a decryption shows is the decision alone" in paillier
    ckks = section(assessed(scheme=Scheme.CKKS), "safeguards")
    assert "one from two with an advantage of 3.6 %" in ckks
    assert "not to be used to decide about anybody" in ckks
    assert "A key opens at most 1024 results" in ckks
    assert "ring degree" not in paillier
    assert "2^-" not in paillier


def test_retention_is_what_a_matcher_does_by_default() -> None:
    text = section(assessed(), "retention")
    assert "after 24 hours at the latest" in text
    assert "deleted 60 seconds after" in text


def test_digests_say_of_what_it_is() -> None:
    assessment = assessed()
    text = section(assessment, "technique")
    assert assessment.plan.programme_digest.hex() in text
    assert assessment.plan.digest.hex() in text
    assert assessed(scheme=Scheme.ENCLAVE).plan.digest.hex() not in text


@pytest.mark.parametrize("scheme", SCHEMES)
def test_both_languages_have_the_same_sections_and_rows(scheme: Scheme) -> None:
    def shape(language: Language) -> list[str]:
        text = assessment_document(assessed(scheme=scheme), language)
        return [re.match(r"#*|\||-|", line)[0] for line in text.splitlines()]  # type: ignore[index]

    assert shape(Language.EN) == shape(Language.JA)


@pytest.mark.parametrize("language", list(Language))
def test_no_phrase_is_left_unfilled(language: Language) -> None:
    for scheme in SCHEMES:
        assert not re.search(r"\{[a-z]*\}", assessment_document(assessed(scheme=scheme), language))


def test_agencies_that_answer_one_role_are_all_parties() -> None:
    named = {Role("tax"): (AgencyId("tax-a"), AgencyId("tax-b"))}
    assessment = assessed(named=named)
    assert {one.provider for one in assessment.coverage} == {"tax-a", "tax-b", "welfare"}
    parties = section(assessment, "parties")
    assert "| `tax-a` | answers as tax" in parties
    assert "| `tax-b` | answers as tax" in parties


def test_a_role_whose_agencies_are_left_to_the_run_goes_by_its_name() -> None:
    assessment = assessed(named={Role("tax"): ()})
    assert {one.role for one in assessment.coverage} == {"welfare"}
    assert "| `tax` | answers as tax" in section(assessment, "parties")


def test_a_role_that_is_not_asked_is_refused() -> None:
    with pytest.raises(InvalidConfiguration, match="asks no role 'taxes'") as raised:
        assessed(named={Role("taxes"): (AgencyId("tax"),)})
    assert "did you mean tax" in raised.value.fix


def test_a_day_outside_the_validity_is_refused() -> None:
    with pytest.raises(ProgrammeNotValid):
        assess(
            SUPPORT,
            date(2020, 1, 1),
            scheme=Scheme.BGV,
            kind=ColumnKind.DECISION,
            grants=GRANTS,
            named={},
        )


class Outline(HTMLParser):
    """The tags of a page, and the text of its cells."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_hostile_words_stay_words_in_the_page() -> None:
    hostile = "<img src=x onerror=alert(1)> **bold** [l](http://x) | `c`"
    attribute = replace(
        SUPPORT.catalogue.attributes[BRACKET], title={"en": hostile}, source=hostile
    )
    attributes = {**SUPPORT.catalogue.attributes, BRACKET: attribute}
    programme = replace(
        SUPPORT,
        title={"en": hostile},
        affair=hostile,
        legal_basis=hostile,
        catalogue=replace(SUPPORT.catalogue, attributes=attributes),
    )
    table = GrantTable(
        tuple(replace(grant, affair=hostile, basis=hostile) for grant in GRANTS.grants)
    )
    assessment = assessed(programme, grants=table)
    title = assessment_title(assessment, Language.EN)
    page = html_page(assessment_document(assessment, Language.EN), title=title, language="en")
    plain = html_page(
        assessment_document(assessed(), Language.EN),
        title=assessment_title(assessed(), Language.EN),
        language="en",
    )
    found, usual = Outline(), Outline()
    found.feed(page)
    usual.feed(plain)
    assert found.tags == usual.tags
    assert unescape(" ".join(found.text)).count(hostile) >= 6


SHIPPED = (
    *("city/support", "city/relief", "nmes1988/medical-support", "tomakomai/heating-oil"),
    *("akita/newlywed", "kurume/nursery-loan", "kagoshima/migration"),
    "national/disability-allowance",
)


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("language", list(Language))
def test_every_shipped_programme_can_be_assessed(name: str, language: Language) -> None:
    file = programme_path(name)
    programme = load_programme(file)
    assessment = assess(
        programme,
        programme.valid_from,
        scheme=Scheme.BGV,
        kind=ColumnKind.DECISION,
        grants=load_grants(file.parent / "grants.yaml"),
        named={},
    )
    text = assessment_document(assessment, language)
    assert assessment.covered
    assert not re.search(r"\{[a-z_]*\}", text)
    for attribute in programme.catalogue.attributes:
        assert f"`{attribute}`" in text
    page = html_page(text, title=assessment_title(assessment, language), language=language)
    assert page.count("<tr>") == text.count("\n| ") - text.count("\n| ---")
