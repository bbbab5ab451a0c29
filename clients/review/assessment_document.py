"""An impact assessment as a document: Markdown, in one language.

Rules:
 * It says the same in every language, section by section in the same order.
 * What is missing from the legal table is the only thing with emphasis; it is said at the head of
   the document too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date

from clients.review.assessing import Assessment
from clients.review.assessment_english import ENGLISH
from clients.review.assessment_japanese import JAPANESE
from clients.review.assessment_phrases import AssessmentPhrases
from clients.review.explaining import explain_rule
from clients.review.leakage_phrases import leakage_sentences
from clients.review.legal import Coverage
from clients.review.markdown import (
    Markdown,
    alarm,
    bullets,
    code,
    document,
    grid,
    heading,
    paragraph,
    plain,
)
from clients.review.phrases import Language
from clients.review.safeguards import retention, safeguards
from clients.review.wording import Wording
from matcher.core.catalogue import Attribute
from matcher.core.programme import AbsenceRule
from matcher.core.scheme import Scheme
from matcher.core.verdict import Verdict

ASSESSMENT: Mapping[Language, AssessmentPhrases] = {
    Language.EN: ENGLISH,
    Language.JA: JAPANESE,
}
_NESTED = re.compile(r"( *)- (.*)")


def assessment_title(assessment: Assessment, language: Language) -> str:
    """Return what the document is called."""
    programme = assessment.programme
    title = Wording(programme.catalogue.attributes, language).text(programme.title, programme.id)
    return ASSESSMENT[language].title.format(title=title)


def assessment_document(assessment: Assessment, language: Language) -> Markdown:
    """Return ``assessment`` in ``language``."""
    return document(_Document(assessment, language).blocks())


class _Document:
    def __init__(self, assessment: Assessment, language: Language) -> None:
        self._assessment = assessment
        self._plan = assessment.plan
        self._programme = assessment.programme
        self._attributes = assessment.plan.attributes
        self._language = language
        self._words = ASSESSMENT[language]
        self._wording = Wording(assessment.plan.attributes, language)

    def blocks(self) -> Iterator[Markdown]:
        words = self._words
        yield heading(1, assessment_title(self._assessment, self._language))
        yield paragraph(plain(words.made_from.format(day=self._wording.day(self._assessment.day))))
        yield paragraph(plain(words.not_named))
        if not self._assessment.covered:
            yield paragraph(alarm(words.incomplete))
        yield heading(2, words.purpose)
        yield self._purpose()
        yield heading(2, words.parties)
        yield self._parties()
        yield heading(2, words.items)
        yield self._items()
        yield heading(2, words.legal)
        yield self._legal()
        yield heading(2, words.rule)
        yield paragraph(plain(words.rule_source))
        yield from self._rule()
        if self._programme.outcomes:
            yield heading(2, words.outcomes)
            yield self._outcomes()
        yield heading(2, words.learns)
        yield bullets((0, plain(s)) for s in leakage_sentences(self._plan, self._language))
        yield heading(2, words.safeguards)
        yield bullets((0, plain(sentence)) for sentence in safeguards(self._plan, words))
        yield heading(2, words.retention)
        yield bullets((0, plain(sentence)) for sentence in retention(words))
        yield heading(2, words.technique)
        yield self._technique()

    def _purpose(self) -> Markdown:
        words, programme = self._words, self._programme
        rows = {
            words.programme: code(programme.id),
            words.version: plain(programme.version),
            words.affair: plain(programme.affair),
            words.procedure: plain(programme.procedure or words.none_stated),
            words.legal_basis: plain(programme.legal_basis or words.none_stated),
            words.validity: plain(self._period(programme.valid_from, programme.valid_to)),
            words.unit: plain(words.units[programme.unit].format(most=programme.most_members)),
            words.decided_on: plain(self._wording.day(self._assessment.day)),
        }
        return self._facts(rows)

    def _parties(self) -> Markdown:
        words = self._words
        rows = [(code(self._programme.requester), plain(words.requester_part))]
        for role, agencies in self._assessment.providers.items():
            part = plain(words.provider_part.format(role=role))
            rows += [(code(agency), part) for agency in agencies or (role,)]
        rows.append((plain(words.matcher), plain(words.matcher_part)))
        if self._plan.scheme is Scheme.ENCLAVE:
            rows.append((plain(words.enclave), plain(words.enclave_part)))
        return grid((words.party, words.part), rows)

    def _items(self) -> Markdown:
        words = self._words
        rows = [
            (
                code(role),
                self._item(self._attributes[name]),
                plain(self._attributes[name].source or words.none_stated),
                plain(self._absence(self._attributes[name])),
            )
            for role, names in self._programme.items().items()
            for name in names
        ]
        return grid((words.party, words.item, words.source, words.absence), rows)

    def _legal(self) -> Markdown:
        words = self._words
        rows = [
            (code(one.provider), self._item(self._attributes[one.item]), *self._row(one))
            for one in self._assessment.coverage
        ]
        return grid((words.party, words.item, words.row, words.row_validity), rows)

    def _row(self, one: Coverage) -> tuple[Markdown, Markdown]:
        words, grant = self._words, one.grant
        if grant is None:
            return alarm(words.not_applicable if one.listed else words.missing), plain("–")
        template = words.basis_procedure if grant.procedure else words.basis
        basis = template.format(
            kind=words.kinds[grant.kind], basis=grant.basis, procedure=grant.procedure
        )
        return plain(basis), plain(self._period(grant.valid_from, grant.valid_to))

    def _rule(self) -> Iterator[Markdown]:
        nested: list[tuple[int, Markdown]] = []
        lines = explain_rule(self._programme, self._assessment.day, self._language)
        for line in lines:
            match = _NESTED.fullmatch(line)
            if match is not None:
                nested.append((max(0, len(match[1]) // 2 - 1), plain(match[2])))
                continue
            if nested:
                yield bullets(nested)
                nested = []
            yield paragraph(plain(line))
        if nested:
            yield bullets(nested)

    def _outcomes(self) -> Markdown:
        words, payment = self._words, self._programme.payment
        rows = []
        for outcome, amount in zip(self._programme.outcomes, self._assessment.amounts, strict=True):
            paid = words.no_amount
            if amount is not None and payment is not None:
                paid = self._wording.paid(amount, payment)
            rows.append((plain(self._wording.text(outcome.title, outcome.name)), plain(paid)))
        return grid((words.outcome, words.amount), rows)

    def _technique(self) -> Markdown:
        words, plan = self._words, self._plan
        rows = {
            words.scheme: plain(words.schemes[plan.scheme]),
            words.columns: plain(words.column_kinds[plan.column_kind]),
            words.programme_digest: code(plan.programme_digest.hex()),
            words.plan_digest: code(plan.digest.hex()),
        }
        if plan.parameters is not None:
            rows[words.parameters] = code(plan.parameters.name)
        return self._facts(rows)

    def _facts(self, rows: Mapping[str, Markdown]) -> Markdown:
        return bullets((0, Markdown(f"{plain(name)}: {value}")) for name, value in rows.items())

    def _item(self, attribute: Attribute) -> Markdown:
        title = self._wording.text(attribute.title, "")
        name = code(attribute.name)
        return Markdown(f"{plain(title)} ({name})") if title else name

    def _absence(self, attribute: Attribute) -> str:
        words = self._words
        if attribute.absent is not None:
            return words.assumed.format(value=self._wording.value(attribute, attribute.absent))
        rule = self._programme.absences.get(attribute.name)
        if rule is None:
            return words.unknown
        return self._rule_of_absence(rule)

    def _rule_of_absence(self, rule: AbsenceRule) -> str:
        words = self._words
        reason = self._wording.text(rule.reason, "")
        match rule.verdict:
            case Verdict.INELIGIBLE:
                return words.against.format(reason=reason)
            case Verdict.ELIGIBLE:
                return words.harmless.format(reason=reason)
            case _:
                return words.open_with_reason.format(reason=reason) if reason else words.unknown

    def _period(self, first: date, last: date | None) -> str:
        words, begins = self._words, self._wording.day(first)
        if last is None:
            return words.open_end.format(first=begins)
        return words.until.format(first=begins, last=self._wording.day(last))
