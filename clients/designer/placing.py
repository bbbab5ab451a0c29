"""Finding what a message is about in the file its programme came from.

The planner speaks of predicates with parameters substituted and negations pushed inwards, but a
designer looks for what was written.

Rules:
 * A part is found by what it becomes on the day; where several become the same, the first counts.
 * What cannot be found more closely is placed at its condition, or else at the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from matcher.core.errors import InvalidConfiguration, InvalidInput
from matcher.core.normal import negated, normal_form
from matcher.core.predicate import AllBut, Predicate, Some, children_of
from matcher.core.programme import Programme
from matcher.core.render import render
from matcher.core.substitution import Substitution
from matcher.language import Places

_BRACKETS = re.compile(r"!\(([\w.]+)\)")


def locate(error: InvalidInput, programme: Programme, places: Places, day: date) -> None:
    """Say in ``error``, which names a part of ``programme`` as of ``day``, where in the file it is.

    A place that points into the file already stays.
    """
    if error.where.startswith(f"{places.file}:"):
        return
    for key, predicate in _conditions(programme):
        for part, text in _parts(programme, predicate, day):
            if _names(error.what, text):
                error.where = places.of_part(key, _as_written(places, key, part))
                return
    for outcome in programme.outcomes:
        if error.where == f"outcome {outcome.name}" or _names(
            error.what, f"the outcome {outcome.name}"
        ):
            error.where = places.of(f"outcomes.{outcome.name}")
            return
    error.where = places.of("eligible")


@contextmanager
def placed(programme: Programme, places: Places, day: date) -> Iterator[None]:
    """Place what is raised inside about ``programme`` as of ``day``.

    What is wrong with an option, and not with the programme, keeps the place it has.
    """
    try:
        yield
    except InvalidConfiguration:
        raise
    except InvalidInput as error:
        locate(error, programme, places, day)
        raise


def _as_written(places: Places, key: str, part: str) -> str:
    """Return ``part`` as the condition ``key`` may write it: booleans stand for themselves."""
    bare = part.replace(" == true", "")
    for text in (part, bare, _BRACKETS.sub(r"!\1", bare)):
        if places.shown(key, text):
            return text
    return part


def _names(message: str, text: str) -> bool:
    """Return whether ``message`` is about the part ``text``: it names it first."""
    about = message.removeprefix("whether ")
    return about.startswith(text) and about.removeprefix(text)[:1] in (" ", ",", "")


def _conditions(programme: Programme) -> Iterator[tuple[str, Predicate]]:
    yield "eligible", programme.eligible
    for outcome in programme.outcomes:
        if outcome.when is not None:
            yield f"outcomes.{outcome.name}.when", outcome.when


def _parts(
    programme: Programme, predicate: Predicate, day: date, *, of_member: bool = False
) -> Iterator[tuple[str, str]]:
    """Yield every part as written and as it reads on ``day``, and its negation's, longest first."""
    attributes = programme.catalogue.attributes
    written = render(predicate, attributes, of_member=of_member)
    for part in _on_day(programme, predicate, day):
        yield written, render(part, attributes, of_member=of_member)
    for child in children_of(predicate):
        inside = of_member or isinstance(predicate, Some | AllBut)
        yield from _parts(programme, child, day, of_member=inside)


def _on_day(programme: Programme, predicate: Predicate, day: date) -> Iterator[Predicate]:
    values = Substitution(programme.parameters, programme.catalogue, day)
    try:
        substituted = values.predicate(predicate)
        yield substituted
        yield normal_form(substituted)
        yield negated(substituted)
    except InvalidInput:
        # A part that cannot be written for the day is none that a message names.
        return
