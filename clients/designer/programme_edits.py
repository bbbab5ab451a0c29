"""Every mutant of a programme: one thing changed at a time, wherever it is written.

A mutant is made from the form a programme travels in and read back by the language, so that it is a
programme like any other, or none: what the language refuses nobody can have written by mistake.

Rules:
 * Conditions are changed as ``condition_edits`` says.
 * Of a parameter the values in force on the days of the tests are changed, by one unit; of a table
   every entry.
 * Tiers change places with their neighbours, are left out, and pay one unit more or less.
 * A rule about absent records becomes each of the other two.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

from clients.designer.condition_edits import edits_of
from clients.designer.condition_text import Kind, read_condition
from clients.designer.noticing import Mutant
from clients.designer.parameter_edits import other_values
from matcher.core.errors import FusumaError
from matcher.core.predicate import ParameterOperand, operands_of
from matcher.core.programme import DatedValue, Outcome, Programme
from matcher.core.verdict import Verdict
from matcher.language.places import Places
from matcher.language.programme_form import programme_json, programme_of_json

# The form a programme travels in, as JSON; what is in it is the language's business.
_Tree: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Change:
    """What is changed, how to show it, and the keys of the programme's form it replaces."""

    what: str
    where: str
    before: str
    after: str
    keys: _Tree


def mutants_of(programme: Programme, places: Places, days: Sequence[date]) -> Iterator[Mutant]:
    """Yield every mutant of ``programme``.

    Args:
        programme: as loaded.
        places: of its file.
        days: of its tests; at least one.
    """
    tree = {**programme_json(programme), "tests": []}
    for change in _Changes(programme, tree, places).all(days):
        changed = _read(programme, {**tree, **change.keys})
        yield Mutant(change.what, change.where, change.before, change.after, changed)


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
    def __init__(self, programme: Programme, tree: _Tree, places: Places) -> None:
        self._programme = programme
        self._outcomes: list[_Tree] = list(tree["outcomes"])
        self._tree = tree
        self._places = places

    def all(self, days: Sequence[date]) -> Iterator[_Change]:
        yield from self._parameters(days)
        yield from self._absences()
        yield from self._condition("eligible", self._programme.eligible_source, None)
        for number, outcome in enumerate(self._programme.outcomes):
            if outcome.when is not None:
                yield from self._condition(
                    f"outcomes.{outcome.name}.when", outcome.when_source, number
                )
        yield from self._tiers()
        yield from self._amounts()

    def _condition(self, key: str, text: str, tier: int | None) -> Iterator[_Change]:
        source = self._places.sources.get(key)
        for edit in edits_of(text, self._programme.catalogue.attributes):
            where = self._places.of(key) if source is None else source.locate(edit.offset)
            keys: _Tree = {"eligible": edit.text}
            if tier is not None:
                keys = self._with_outcome(tier, when=edit.text)
            yield _Change(edit.what, where, edit.before, edit.after, keys)

    def _parameters(self, days: Sequence[date]) -> Iterator[_Change]:
        for name, dated in self._programme.parameters.items():
            in_force = {_in_force(dated, day) for day in days} - {None}
            for value in dated:
                if value in in_force:
                    yield from self._parameter(name, value)

    def _parameter(self, name: str, dated: DatedValue) -> Iterator[_Change]:
        since = dated.since.isoformat()
        for other in other_values(dated.value, self._words(name)):
            entry = "" if other.entry is None else f".{other.entry}"
            shown = f"params.{name}" + ("" if other.entry is None else f"[{other.entry}]")
            parameters = dict(self._tree["parameters"])
            parameters[name] = {**parameters[name], since: other.written}
            yield _Change(
                "value of a parameter",
                self._places.of(f"params.{name}.{since}{entry}"),
                f"{shown} = {other.before}",
                f"{shown} = {other.after}",
                {"parameters": parameters},
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

    def _absences(self) -> Iterator[_Change]:
        for name, rule in self._programme.absences.items():
            for verdict in Verdict:
                if verdict is not rule.verdict:
                    written = {"verdict": verdict.word, "reason": dict(rule.reason)}
                    rules = {**self._tree["absent"], name: written}
                    yield _Change(
                        "rule for absence",
                        self._places.of(f"absent.{name}.verdict"),
                        f"{name}: {rule.verdict.word}",
                        f"{name}: {verdict.word}",
                        {"absent": rules},
                    )

    def _tiers(self) -> Iterator[_Change]:
        outcomes = self._programme.outcomes
        for number, outcome in enumerate(outcomes[:-1]):
            where = self._places.of(f"outcomes.{outcome.name}")
            rest = self._outcomes[:number] + self._outcomes[number + 1 :]
            yield _Change("outcome left out", where, outcome.name, "", {"outcomes": rest})
            following = outcomes[number + 1]
            if following.when is not None:
                swapped = list(self._outcomes)
                swapped[number : number + 2] = reversed(swapped[number : number + 2])
                yield _Change(
                    "order of outcomes",
                    where,
                    f"{outcome.name} before {following.name}",
                    f"{following.name} before {outcome.name}",
                    {"outcomes": swapped},
                )

    def _amounts(self) -> Iterator[_Change]:
        for number, outcome in enumerate(self._programme.outcomes):
            if isinstance(outcome.amount, int):
                for other in (outcome.amount - 1, outcome.amount + 1):
                    yield _Change(
                        "amount",
                        self._places.of(f"outcomes.{outcome.name}.amount"),
                        _paid(outcome, outcome.amount),
                        _paid(outcome, other),
                        self._with_outcome(number, amount=other),
                    )

    def _with_outcome(self, number: int, **keys: object) -> _Tree:
        outcomes = list(self._outcomes)
        outcomes[number] = {**outcomes[number], **keys}
        return {"outcomes": outcomes}


def _read(programme: Programme, tree: _Tree) -> Programme | None:
    try:
        return programme_of_json(_pruned(tree), programme.catalogue)
    except FusumaError:
        return None


def _pruned(tree: _Tree) -> _Tree:
    """Leave out parameters and rules for absence that nothing speaks of any more."""
    outcomes: list[_Tree] = tree["outcomes"]
    texts = [str(tree["eligible"]), *(tier["when"] for tier in outcomes if tier["when"])]
    names = {
        part.word
        for text in texts
        for part in read_condition(str(text)).walk()
        if part.kind is Kind.NAME
    }
    # Inside a quantifier the member's name stands before the attribute's.
    names |= {name.partition(".")[2] for name in names}
    names |= {f"params.{tier['amount']}" for tier in outcomes if isinstance(tier["amount"], str)}
    pruned = dict(tree)
    for key, prefix in (("absent", ""), ("parameters", "params.")):
        entries: _Tree = tree[key]
        pruned[key] = {name: entries[name] for name in entries if prefix + name in names}
    return pruned


def _in_force(dated: Sequence[DatedValue], day: date) -> DatedValue | None:
    begun = [value for value in dated if value.since <= day]
    return begun[-1] if begun else None


def _paid(outcome: Outcome, amount: int) -> str:
    return f"{outcome.name} pays {amount}"
