"""Recognising quantifiers over members in a CEL tree.

CEL's parser expands ``all``, ``exists``, ``exists_one`` and ``filter`` into loops before anything
is checked. Such a loop is compared here, whole, with the expansion the CEL specification gives
("Macros"); a loop that differs anywhere is refused, so that nothing is taken for a quantifier that
is none.

Rules:
 * The range is ``members``; quantifiers are neither chained nor nested.
 * Counts are compared with whole numbers that neither always nor never hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from eligibility.v1.cel_ast_pb2 import CelConstant, CelExpr

from matcher.core.errors import DegeneratePredicate, UnsupportedPredicate
from matcher.core.predicate import All, AllBut, Not, Operator, Predicate, Some
from matcher.core.programme import Unit
from matcher.language.catalogue_file import RESERVED
from matcher.language.operands import Operands
from matcher.language.vocabulary import MEMBERS

_RESULT = "@result"
_OFFERED = "use all, exists, exists_one, or filter(…).size() compared with a number"


class Macro(StrEnum):
    """The quantifiers of CEL that are offered."""

    ALL = "all"
    EXISTS = "exists"
    EXISTS_ONE = "exists_one"
    FILTER = "filter"


@dataclass(frozen=True, slots=True)
class Quantified:
    """A quantifier in a tree.

    Attributes:
        macro: which one.
        member: what its body calls the member.
        body: what is asked of it.
    """

    macro: Macro
    member: str
    body: CelExpr


def quantified(expr: CelExpr, operands: Operands) -> Quantified:
    """Return the quantifier that the loop ``expr`` expands.

    Raises:
        UnsupportedPredicate: it is another loop, or ranges over something else than all members.
    """
    loop = expr.comprehension_expr
    written = operands.source.name_at(operands.offset(expr)) or "this"
    found = next((q for macro in Macro if (q := _match(expr, macro)) is not None), None)
    if found is None:
        raise operands.refuse(expr, f"{written}() is not offered", _OFFERED, UnsupportedPredicate)
    if operands.member:
        raise operands.refuse(
            expr,
            "a quantifier stands inside another",
            "ask for both at once, or for each on its own and join them with &&",
            UnsupportedPredicate,
        )
    range_of = loop.iter_range
    if range_of.WhichOneof("expr_kind") == "comprehension_expr":
        raise operands.refuse(
            expr,
            f"{written}() ranges over what another quantifier leaves",
            f"ask for both at once: {MEMBERS}.{found.macro.value}(m, one && another)",
            UnsupportedPredicate,
        )
    of_members = operands.vocabulary.unit is Unit.HOUSEHOLD
    if not of_members or range_of.ident_expr.name.removeprefix(".") != MEMBERS:
        raise operands.refuse(
            expr,
            f"{written}() ranges over something else than {MEMBERS}",
            f"write {MEMBERS}.{found.macro.value}(m, …) in a programme for households",
            UnsupportedPredicate,
        )
    roles = {attribute.role for attribute in operands.vocabulary.attributes.values()}
    if found.member in RESERVED or found.member in roles:
        raise operands.refuse(
            expr,
            f"{found.member!r} means something else in a predicate",
            "call the member m",
            UnsupportedPredicate,
        )
    return found


def is_size(expr: CelExpr) -> bool:
    """Return whether ``expr`` is ``size(…)`` or ``….size()`` of what a quantifier leaves."""
    return (
        expr.WhichOneof("expr_kind") == "call_expr"
        and expr.call_expr.function == "size"
        and sized(expr).WhichOneof("expr_kind") == "comprehension_expr"
    )


def sized(expr: CelExpr) -> CelExpr:
    """Return what ``expr``, a call of ``size``, is applied to."""
    call = expr.call_expr
    return call.target if call.HasField("target") else call.args[0]


def counted(body: Predicate, operation: Operator, count: int, most_members: int) -> Predicate:
    """Return that the number of members who satisfy ``body`` compares so with ``count``.

    Raises:
        DegeneratePredicate: it always or never does, among 0 to ``most_members``.
    """
    outcomes = {operation.holds(number, count) for number in range(most_members + 1)}
    if len(outcomes) == 1:
        raise DegeneratePredicate(
            f"a count {operation.value} {count} {'always' if True in outcomes else 'never'} holds",
            fix=f"a household has 0 to {most_members} members",
        )
    match operation:
        case Operator.GE:
            return Some(count, body)
        case Operator.GT:
            return Some(count + 1, body)
        case Operator.LT:
            return Not(Some(count, body))
        case Operator.LE:
            return Not(Some(count + 1, body))
        case Operator.EQ:
            return _exactly(body, count, most_members)
        case Operator.NE:
            return Not(_exactly(body, count, most_members))


def of_macro(macro: Macro, body: Predicate, most_members: int) -> Predicate:
    """Return the predicate that ``macro``, other than ``filter``, makes of ``body``."""
    match macro:
        case Macro.ALL:
            return AllBut(0, body)
        case Macro.EXISTS:
            return Some(1, body)
        case _:
            return _exactly(body, 1, most_members)


def _exactly(body: Predicate, count: int, most_members: int) -> Predicate:
    if count == 0:
        return Not(Some(1, body))
    if count == most_members:
        return Some(count, body)
    return All((Some(count, body), Not(Some(count + 1, body))))


def _match(expr: CelExpr, macro: Macro) -> Quantified | None:
    """Return ``expr`` as an expansion of ``macro``, or None if it is not exactly that."""
    loop = expr.comprehension_expr
    args = loop.loop_step.call_expr.args
    first = macro in (Macro.EXISTS_ONE, Macro.FILTER)
    if len(args) != (3 if first else 2):
        return None
    body = args[0 if first else 1]
    expected = _expansion(macro, loop.iter_var, loop.iter_range, body)
    if _without_numbers(expr) != _without_numbers(expected):
        return None
    return Quantified(macro, loop.iter_var, body)


def _expansion(macro: Macro, member: str, range_of: CelExpr, body: CelExpr) -> CelExpr:
    result = _ident(_RESULT)
    expansion = CelExpr()
    loop = expansion.comprehension_expr
    loop.iter_var, loop.accu_var = member, _RESULT
    loop.iter_range.CopyFrom(range_of)
    loop.result.CopyFrom(result)
    one = CelConstant(int64_value=1)
    match macro:
        case Macro.ALL:
            loop.accu_init.const_expr.bool_value = True
            loop.loop_condition.CopyFrom(_call("@not_strictly_false", result))
            loop.loop_step.CopyFrom(_call("_&&_", result, body))
        case Macro.EXISTS:
            loop.accu_init.const_expr.bool_value = False
            loop.loop_condition.CopyFrom(_call("@not_strictly_false", _call("!_", result)))
            loop.loop_step.CopyFrom(_call("_||_", result, body))
        case Macro.EXISTS_ONE:
            loop.accu_init.const_expr.int64_value = 0
            loop.loop_condition.const_expr.bool_value = True
            more = _call("_+_", result, CelExpr(const_expr=one))
            loop.loop_step.CopyFrom(_call("_?_:_", body, more, result))
            loop.result.CopyFrom(_call("_==_", result, CelExpr(const_expr=one)))
        case Macro.FILTER:
            loop.accu_init.list_expr.SetInParent()
            loop.loop_condition.const_expr.bool_value = True
            alone = CelExpr(list_expr=CelExpr.CreateList(elements=[_ident(member)]))
            more = _call("_+_", result, alone)
            loop.loop_step.CopyFrom(_call("_?_:_", body, more, result))
    return expansion


def _ident(name: str) -> CelExpr:
    return CelExpr(ident_expr=CelExpr.Ident(name=name))


def _call(function: str, *args: CelExpr) -> CelExpr:
    return CelExpr(call_expr=CelExpr.Call(function=function, args=args))


def _without_numbers(expr: CelExpr) -> CelExpr:
    """Return a copy of ``expr`` without the numbers of its own nodes, body and range included."""
    copy = CelExpr()
    copy.CopyFrom(expr)
    waiting = [copy]
    while waiting:
        node = waiting.pop()
        node.ClearField("id")
        match node.WhichOneof("expr_kind"):
            case "select_expr":
                waiting.append(node.select_expr.operand)
            case "call_expr":
                waiting += node.call_expr.args
                if node.call_expr.HasField("target"):
                    waiting.append(node.call_expr.target)
            case "list_expr":
                waiting += node.list_expr.elements
            case "comprehension_expr":
                loop = node.comprehension_expr
                waiting += (loop.iter_range, loop.accu_init, loop.loop_condition)
                waiting += (loop.loop_step, loop.result)
            case _:
                pass
    return copy
