"""A plan as a person reads it: questions, formula, parameters, cost and leakage.

Rules:
 * Everything shown follows from the plan; the digest says which.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.markup import escape
from rich.table import Table as Grid

from clients.review.leakage_phrases import leakage_sentences
from matcher.core.canonical import JsonObject
from matcher.core.circuit import AtMost, Circuit, Miss, OneOf, Product, Sum, Unselected
from matcher.core.cost import cost_of
from matcher.core.plan import Output, Plan
from matcher.core.scheme import Bound, ColumnKind

_RESULTS = {
    Bound.BOTH: "0 where eligible{tier}, else not",
    Bound.PESSIMISTIC: "0 where eligible{tier}",
    Bound.OPTIMISTIC: "0 where not certainly ineligible",
}


def plan_json(plan: Plan) -> JsonObject:
    """Return the plan, its digest, cost and leakage for machines."""
    return {
        "digest": plan.digest.hex(),
        "plan": plan.to_json(),
        "cost": cost_of(plan).to_json(),
        "leakage": list(leakage_sentences(plan)),
    }


def plan_grid(plan: Plan) -> Grid:
    """Return the questions as a table, those about the seats of a household together."""
    grid = Grid("role", "question", "columns", title=f"plan {plan.digest.hex()}")
    rows: dict[tuple[str, str], list[int]] = {}
    for question in plan.questions:
        agencies = plan.agencies[question.role]
        place = f" ({question.provider + 1} of {agencies})" if agencies > 1 else ""
        seats = f", {plan.seats} seats" if plan.seats > 1 and question.literal is None else ""
        key = (f"{question.role}{place}", f"{question.text}{seats}")
        rows.setdefault(key, []).extend(question.columns)
    for (role, text), columns in rows.items():
        first, last = columns[0], columns[-1]
        numbers = str(first) if first == last else f"{first} to {last}"
        grid.add_row(role, escape(text), numbers)
    return grid


def plan_lines(plan: Plan) -> Iterator[str]:
    """Yield formula, parameters, cost and leakage, line by line."""
    yield f"programme  {plan.programme.id} {plan.programme.version}"
    yield f"           digest {plan.programme_digest.hex()}"
    yield f"scheme     {plan.scheme.value}, {plan.column_kind.value} columns, {plan.reference_date}"
    if plan.seats > 1:
        yield f"           households of up to {plan.seats} members"
    for output in plan.outputs:
        if output.circuit is not None:
            yield f"output {output.index}   {formula(output.circuit)}  ({_result(plan, output)})"
        else:
            yield f"output {output.index}   the decision, made inside the enclave"
    if plan.parameters is not None:
        yield f"parameters {plan.parameters.name}: {plan.parameters.security}"
    yield from _cost(plan)
    yield "who learns what"
    for sentence in leakage_sentences(plan):
        yield f"  - {sentence}"


def _result(plan: Plan, output: Output) -> str:
    several = len(plan.tiers) > 1
    tier = f" for {plan.programme.outcomes[output.tier].name}" if several else ""
    return _RESULTS[output.bound].format(tier=tier)


def formula(circuit: Circuit) -> str:
    """Return ``circuit`` as sums and products of columns, ``c0`` being column 0.

    ``(s = …; s * (s - 1))`` is a threshold: at most one of what s adds up.
    """
    match circuit:
        case Miss(column):
            return f"c{column}"
        case Unselected(columns):
            return f"(1 - {' - '.join(f'c{column}' for column in columns)})"
        case OneOf(columns):
            return f"({' + '.join(f'c{column}' for column in columns)})"
        case AtMost(most, children):
            misses = " + ".join(formula(child) for child in children)
            factors = ["s", *(f"(s - {less})" for less in range(1, most + 1))]
            return f"(s = {misses}; {' * '.join(factors)})"
        case Sum(children):
            return " + ".join(formula(child) for child in children)
        case Product(children):
            return " * ".join(
                f"({formula(child)})" if isinstance(child, Sum) else formula(child)
                for child in children
            )


def _cost(plan: Plan) -> Iterator[str]:
    cost = cost_of(plan)
    unit = "value" if plan.column_kind is ColumnKind.VALUE else "column"
    yield (
        f"cost       {cost.columns} columns of up to {cost.column_bytes:g} bytes a subject and "
        f"{unit}; {cost.upload_bytes:g} bytes a subject go up, {cost.download_bytes:g} come down"
    )
    yield (
        f"           multiplications nested {cost.multiplications} deep; public keys of "
        f"{cost.key_bytes} bytes, once a run; chunks of {plan.chunk_slots} slots"
    )
