"""A comparison of two versions, line by line, for people."""

from __future__ import annotations

from collections.abc import Iterator

from clients.review.comparing import Comparison
from clients.review.decided import Decided
from clients.review.example_search import Certainty, Example
from clients.review.transitions import Transitions
from matcher.core.catalogue import Attribute, AttributeType, date_of_code
from matcher.core.programme import Interval

_LONGEST = 48
_PAID = {Interval.ONCE: "once", Interval.MONTH: "a month", Interval.YEAR: "a year"}
_UNCERTAIN = "Nobody was found who is decided otherwise; that there is nobody has not been shown."


def comparison_lines(comparison: Comparison) -> Iterator[str]:
    """Yield what has changed, who is decided otherwise, and an example of each."""
    old, new = comparison.old, comparison.new
    names = [f"{one.programme.id} {one.programme.version}" for one in (old, new)]
    yield f"{names[0]} (on {old.day}) -> {names[1]} (on {new.day})"
    if comparison.same:
        yield "the same programme"
        return
    yield "changed:"
    for change in comparison.changes:
        yield from _change(change.field, change.old, change.new)
    yield from _decisions(comparison)


def _change(field: str, old: str | None, new: str | None) -> Iterator[str]:
    # In one line: a text must not look like a line of this report.
    before, after = ("(nothing)" if one is None else " ".join(one.split()) for one in (old, new))
    if len(before) + len(after) <= _LONGEST:
        yield f"  {field}: {before} -> {after}"
        return
    yield f"  {field}:"
    yield f"    - {before}"
    yield f"    + {after}"


def _decisions(comparison: Comparison) -> Iterator[str]:
    old, new = comparison.old.programme, comparison.new.programme
    if old.unit is not new.unit:
        yield f"It decides about another unit: {old.unit.value} -> {new.unit.value}."
        return
    if comparison.counted is not None:
        yield from _counted(comparison, comparison.counted)
    match comparison.certainty:
        case Certainty.SAME:
            yield "Nobody is decided otherwise: there is no such case."
        case Certainty.UNKNOWN:
            yield _UNCERTAIN
        case Certainty.DIFFERENT:
            yield "decided otherwise, with an example of each:"
            for example in comparison.examples:
                yield f"  {_told(comparison, example.old, example.new)}"
                yield f"    {_members(comparison, example)}"


def _counted(comparison: Comparison, counted: Transitions) -> Iterator[str]:
    changed = sum(counted.changed.values())
    yield f"of {counted.subjects:,} subjects {changed:,} are decided otherwise:"
    for (old, new), count in counted.changed.items():
        yield f"  {count:>9,}  {_told(comparison, old, new)}"
    payment = comparison.new.programme.payment
    if comparison.same_payment and payment is not None:
        yield f"  money: {counted.money:+,} {payment.currency} {_PAID[payment.every]}"
    if counted.left_out:
        yield f"  left out: {counted.left_out:,} with a value that one version does not know"


def _told(comparison: Comparison, old: Decided, new: Decided) -> str:
    before, after = comparison.old.programme, comparison.new.programme
    return f"{old.text(before)} -> {new.text(after)}"


def _members(comparison: Comparison, example: Example) -> str:
    members = [
        ", ".join(
            f"{name} {_value(comparison.attributes[name], code)}"
            for name, code in member.items()
            if code is not None
        )
        or "nothing known"
        for member in example.members
    ]
    return "; ".join(members) or "nobody in the household"


def _value(attribute: Attribute, code: int) -> str:
    match attribute.type:
        case AttributeType.BOOLEAN:
            return "true" if code else "false"
        case AttributeType.ENUMERATION:
            return attribute.values[code]
        case AttributeType.DATE:
            return date_of_code(code).isoformat()
        case AttributeType.INTEGER:
            return f"{code:,}"
