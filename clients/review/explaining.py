"""A programme in plain sentences, English or Japanese.

The sentences are made from the predicate that is evaluated, not from comments about it.

Rules:
 * Attributes appear by their title in the catalogue, values by their name.
 * What a missing fact does is said for every attribute.
 * Why an agency may be asked is said where the legal table is at hand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from clients.review.legal import Coverage
from clients.review.phrases import Language
from clients.review.wording import Wording
from matcher.core.catalogue import Attribute
from matcher.core.grants import BasisKind, Grant
from matcher.core.identifiers import Role
from matcher.core.normal import negated, normal_form
from matcher.core.predicate import (
    All,
    AllBut,
    Any,
    AtLeast,
    Comparison,
    Membership,
    Not,
    Predicate,
    Quantifier,
    Settled,
    Some,
)
from matcher.core.programme import Programme, Unit
from matcher.core.render import render
from matcher.core.verdict import Verdict


def explain(
    programme: Programme, day: date, language: Language, covered: Sequence[Coverage] = ()
) -> list[str]:
    """Return what ``programme`` means as of ``day``, one line an item, nested by indentation.

    Args:
        programme: what to explain.
        day: whose parameters count.
        language: of the sentences.
        covered: what the legal table says about every item; without it nothing is said of the law.

    Raises:
        ProgrammeNotValid: ``day`` lies outside the programme's validity.
        InvalidProgramme: a parameter has no value yet.
    """
    return list(_Explanation(programme, day, language).lines(covered))


def explain_rule(programme: Programme, day: date, language: Language) -> list[str]:
    """Return of ``explain`` the lines that say who is eligible on ``day``, and for what.

    Raises:
        ProgrammeNotValid, InvalidProgramme: see ``explain``.
    """
    return list(_Explanation(programme, day, language).rule())


class _Explanation:
    def __init__(self, programme: Programme, day: date, language: Language) -> None:
        self._programme = programme
        self._day = day
        self._attributes = programme.catalogue.attributes
        self._words = Wording(self._attributes, language)
        self._phrases = self._words.phrases

    def lines(self, covered: Sequence[Coverage]) -> Iterator[str]:
        yield from self._header()
        yield from self.rule()
        yield from self._questions(covered)
        yield from map(self._absence, self._attributes.values())

    def rule(self) -> Iterator[str]:
        household = self._programme.unit is Unit.HOUSEHOLD
        head = self._phrases.eligible_household if household else self._phrases.eligible
        yield head.format(day=self._words.day(self._day))
        yield from self._condition(normal_form(self._programme.predicate_on(self._day)), 1)
        yield from self._outcomes()

    def _header(self) -> Iterator[str]:
        programme, phrases, words = self._programme, self._phrases, self._words
        last = programme.valid_to
        period = (phrases.until if last else phrases.open_end).format(
            first=words.day(programme.valid_from), last=words.day(last) if last else ""
        )
        title = words.text(programme.title, programme.id)
        yield f"{title} ({programme.id}, {programme.version})"
        yield phrases.header.format(
            requester=programme.requester, affair=programme.affair, period=period
        )
        if programme.procedure:
            yield phrases.procedure.format(procedure=programme.procedure)
        if programme.unit is Unit.HOUSEHOLD:
            yield phrases.household.format(most=programme.most_members)
        if programme.legal_basis:
            yield phrases.basis.format(basis=programme.legal_basis)
        for name, dated in programme.parameters.items():
            values = phrases.then.join(
                phrases.since.format(value=words.written(one.value), since=words.day(one.since))
                for one in dated
            )
            yield phrases.parameter.format(name=name, values=values)

    def _condition(self, predicate: Predicate, level: int) -> Iterator[str]:
        indent = "  " * level + "- "
        head, below = self._below(predicate)
        if not below:
            yield indent + self._leaf(predicate)
            return
        yield indent + head
        for child in below:
            yield from self._condition(child, level + 1)

    def _below(self, predicate: Predicate) -> tuple[str, Sequence[Predicate]]:
        """Return what stands over the parts of ``predicate``, and its parts; none of a leaf."""
        phrases = self._phrases
        match predicate:
            case All(children):
                exactly = _exactly(children)
                if exactly is not None:
                    return phrases.exactly.format(count=exactly.least), [exactly.body]
                return phrases.all, children
            case Any(children):
                return phrases.any, children
            case AtLeast(count, children):
                return phrases.at_least.format(count=count), children
            case Some() | AllBut():
                return self._of_members(predicate)
            case _:
                return "", ()

    def _of_members(self, quantifier: Quantifier) -> tuple[str, Sequence[Predicate]]:
        phrases = self._phrases
        match quantifier:
            case Some(1, body):
                return phrases.some_member, [body]
            case Some(least, body):
                return phrases.members.format(count=least), [body]
            case AllBut(0, body):
                return phrases.every_member, [body]
            case AllBut(most, body):
                return phrases.at_most.format(count=most), [negated(body)]

    def _leaf(self, predicate: Predicate) -> str:
        match predicate:
            case Comparison():
                return self._words.compared(predicate)
            case Membership():
                return self._words.member(predicate, negated=False)
            case Not(Membership() as membership) | Not(Settled(Membership() as membership)):
                return self._words.member(membership, negated=True)
            case Settled(child):
                # What an absent record does is said of every attribute below.
                return self._leaf(child)
            case _:
                return render(predicate, self._attributes)

    def _outcomes(self) -> Iterator[str]:
        programme, phrases = self._programme, self._phrases
        if not programme.outcomes:
            return
        several = len(programme.outcomes) > 1
        yield phrases.outcomes if several else phrases.outcome_one
        rows = zip(
            programme.outcomes,
            programme.amounts_on(self._day),
            programme.conditions_on(self._day),
            strict=True,
        )
        for outcome, amount, condition in rows:
            tier = phrases.tier.format(title=self._words.text(outcome.title, outcome.name))
            if amount is not None and programme.payment is not None:
                tier = phrases.tier_paid.format(
                    title=tier, amount=self._words.paid(amount, programme.payment)
                )
            if condition is not None:
                yield "  - " + phrases.tier_when.format(tier=tier)
                yield from self._condition(normal_form(condition), 2)
            else:
                yield "  - " + (phrases.tier_rest.format(tier=tier) if several else tier)

    def _questions(self, covered: Sequence[Coverage]) -> Iterator[str]:
        for role, names in self._programme.items().items():
            titles = [self._words.title(self._attributes[name]) for name in names]
            yield self._phrases.asked.format(role=role, titles=self._phrases.comma.join(titles))
            yield from self._law(role, covered)

    def _law(self, role: Role, covered: Sequence[Coverage]) -> Iterator[str]:
        rows: dict[Grant | None, dict[str, None]] = {}
        for one in covered:
            if one.role == role:
                title = self._words.title(self._attributes[one.item])
                rows.setdefault(one.grant, {})[title] = None
        for grant, titles in rows.items():
            listed = self._phrases.comma.join(titles)
            # One row for everything needs no list of what it is for.
            granted = self._phrases.granted if len(rows) > 1 else "{basis}"
            if grant is None:
                yield "  - " + self._phrases.not_granted.format(titles=listed)
                continue
            law = grant.kind is BasisKind.LAW
            basis = (self._phrases.by_law if law else self._phrases.by_ordinance).format(
                basis=grant.basis
            )
            yield "  - " + granted.format(titles=listed, basis=basis)

    def _absence(self, attribute: Attribute) -> str:
        phrases, rule = self._phrases, self._programme.absences.get(attribute.name)
        verdict = Verdict.UNDETERMINED if rule is None else rule.verdict
        template = {
            Verdict.UNDETERMINED: phrases.open,
            Verdict.INELIGIBLE: phrases.never_helps,
            Verdict.ELIGIBLE: phrases.never_hurts,
        }[verdict]
        value = ""
        if attribute.absent is not None:
            template, value = phrases.closed, self._words.value(attribute, attribute.absent)
        sentence = template.format(
            role=attribute.role, title=self._words.title(attribute), value=value
        )
        reason = "" if rule is None else self._words.text(rule.reason, "")
        return phrases.reason.format(sentence=sentence, reason=reason) if reason else sentence


def _exactly(children: Sequence[Predicate]) -> Some | None:
    """Return "at least k" where ``children`` are that and "at most k" of the same members."""
    match children:
        case (Some(least, body) as some, AllBut(most, other)) if least == most:
            return some if negated(other) == body else None
        case _:
            return None
