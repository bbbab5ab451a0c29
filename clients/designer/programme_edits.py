"""Every mutant of a programme: one thing changed at a time, wherever it is written.

Rules:
 * Conditions are changed as ``condition_edits`` says, and compiled again: what the language refuses
   nobody can have written by mistake.
 * Of a parameter the values in force on the days of the tests are changed, by one unit; of a table
   every entry.
 * Tiers change places with their neighbours, are left out, and pay one unit more or less.
 * A rule about absent records becomes each of the other two.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from clients.designer.condition_edits import edits_of
from clients.designer.noticing import Mutant
from clients.designer.parameter_edits import OtherValue, other_values
from matcher.core.errors import InvalidInput
from matcher.core.predicate import ParameterOperand, Predicate, operands_of
from matcher.core.programme import DatedValue, Outcome, Programme
from matcher.core.verdict import Verdict
from matcher.language import Places
from matcher.language.conditions import compile_condition
from matcher.language.parameters import parameter_type
from matcher.language.source import Source
from matcher.language.vocabulary import Vocabulary


def mutants_of(programme: Programme, places: Places, days: Sequence[date]) -> Iterator[Mutant]:
    """Yield every mutant of ``programme``.

    Args:
        programme: as loaded.
        places: of its file.
        days: of its tests; at least one.
    """
    changes = _Changes(programme, places)
    yield from changes.parameters(days)
    yield from changes.absences()
    yield from changes.conditions()
    yield from changes.tiers()
    yield from changes.amounts()


def unseen_values(programme: Programme, places: Places, days: Sequence[date]) -> Iterator[str]:
    """Yield the values of parameters that are in force on none of ``days``, with their places."""
    for name, dated in programme.parameters.items():
        seen = [_in_force(dated, day) for day in days]
        for value in dated:
            if value not in seen:
                since = value.since.isoformat()
                where = places.of(f"params.{name}.{since}")
                yield f"the value of params.{name} from {since} on ({where})"


class _Changes:
    def __init__(self, programme: Programme, places: Places) -> None:
        self._programme = programme
        self._places = places
        self._vocabulary = Vocabulary(
            programme.catalogue.attributes,
            {name: parameter_type(name, dated) for name, dated in programme.parameters.items()},
            programme.unit,
            programme.most_members,
        )

    def parameters(self, days: Sequence[date]) -> Iterator[Mutant]:
        for name, dated in self._programme.parameters.items():
            in_force = [_in_force(dated, day) for day in days]
            for value in dated:
                if value in in_force:
                    for other in other_values(value.value, self._words(name)):
                        yield self._parameter(name, value, other)

    def absences(self) -> Iterator[Mutant]:
        rules = self._programme.absences
        for name, rule in rules.items():
            for verdict in Verdict:
                if verdict is not rule.verdict:
                    changed = {**rules, name: replace(rule, verdict=verdict)}
                    yield Mutant(
                        "rule for absence",
                        self._places.of(f"absent.{name}.verdict"),
                        f"{name}: {rule.verdict.word}",
                        f"{name}: {verdict.word}",
                        replace(self._programme, absences=changed),
                    )

    def conditions(self) -> Iterator[Mutant]:
        programme = self._programme
        for edited in self._edited("eligible", programme.eligible_source):
            mutant, predicate, text = edited
            changed = None
            if predicate is not None:
                changed = replace(programme, eligible=predicate, eligible_source=text)
            yield replace(mutant, programme=changed)
        for number, outcome in enumerate(programme.outcomes):
            key = f"outcomes.{outcome.name}.when"
            for mutant, predicate, text in self._edited(key, outcome.when_source):
                changed = None
                if predicate is not None:
                    changed = self._with(number, replace(outcome, when=predicate, when_source=text))
                yield replace(mutant, programme=changed)

    def tiers(self) -> Iterator[Mutant]:
        outcomes = self._programme.outcomes
        for number, outcome in enumerate(outcomes[:-1]):
            where = self._places.of(f"outcomes.{outcome.name}")
            rest = (*outcomes[:number], *outcomes[number + 1 :])
            changed = replace(self._programme, outcomes=rest)
            yield Mutant("outcome left out", where, outcome.name, "", changed)
            following = outcomes[number + 1]
            if following.when is not None:
                swapped = list(outcomes)
                swapped[number : number + 2] = [following, outcome]
                yield Mutant(
                    "order of outcomes",
                    where,
                    f"{outcome.name} before {following.name}",
                    f"{following.name} before {outcome.name}",
                    replace(self._programme, outcomes=tuple(swapped)),
                )

    def amounts(self) -> Iterator[Mutant]:
        for number, outcome in enumerate(self._programme.outcomes):
            amount = outcome.amount
            for other in (amount - 1, amount + 1) if isinstance(amount, int) else ():
                yield Mutant(
                    "amount",
                    self._places.of(f"outcomes.{outcome.name}.amount"),
                    f"{outcome.name} pays {amount}",
                    f"{outcome.name} pays {other}",
                    self._with(number, replace(outcome, amount=other)),
                )

    def _edited(self, key: str, text: str) -> Iterator[tuple[Mutant, Predicate | None, str]]:
        """Yield every change of a condition, without its programme, and what it means."""
        if not text:
            return
        source = self._places.sources.get(key)
        for edit in edits_of(text, self._programme.catalogue.attributes):
            where = self._places.of(key) if source is None else source.locate(edit.offset)
            mutant = Mutant(edit.what, where, edit.before, edit.after, None)
            yield mutant, self._compiled(edit.text), edit.text

    def _compiled(self, text: str) -> Predicate | None:
        try:
            return compile_condition(Source(text, str), self._vocabulary).predicate
        except InvalidInput:
            return None

    def _parameter(self, name: str, dated: DatedValue, other: OtherValue) -> Mutant:
        since = dated.since.isoformat()
        entry = "" if other.entry is None else f".{other.entry}"
        shown = f"params.{name}" + ("" if other.entry is None else f"[{other.entry}]")
        values = tuple(
            replace(one, value=other.value) if one is dated else one
            for one in self._programme.parameters[name]
        )
        changed = {**self._programme.parameters, name: values}
        return Mutant(
            "value of a parameter",
            self._places.of(f"params.{name}.{since}{entry}"),
            f"{shown} = {other.before}",
            f"{shown} = {other.after}",
            replace(self._programme, parameters=changed),
        )

    def _words(self, parameter: str) -> Sequence[str]:
        """Return the values of the enumeration that a parameter is compared with."""
        conditions = [o.when for o in self._programme.outcomes if o.when is not None]
        for condition in (self._programme.eligible, *conditions):
            for operand in operands_of(condition):
                if not isinstance(operand, ParameterOperand) or operand.name != parameter:
                    continue
                if operand.attribute is not None:
                    return self._programme.catalogue.attributes[operand.attribute].values
        return ()

    def _with(self, number: int, outcome: Outcome) -> Programme:
        outcomes = list(self._programme.outcomes)
        outcomes[number] = outcome
        return replace(self._programme, outcomes=tuple(outcomes))


def _in_force(dated: Sequence[DatedValue], day: date) -> DatedValue | None:
    begun = [value for value in dated if value.since <= day]
    return begun[-1] if begun else None
