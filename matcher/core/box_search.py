"""Looking for amounts that make a formula true, complete and within a budget.

The search halves boxes: every amount has a least and a greatest value, what is certain or out of
the question for a whole box is not looked at again, and what remains is split at the limits that
the formula mentions. Once the formula is certain, the attributes are halved until every computed
amount is where it has to be.

Rules:
 * An answer is always right: found amounts satisfy the formula, and where none is found there is
   none.
 * The search is deterministic and gives up when its budget is spent: whoever sends a programme
   must not be able to keep its readers busy.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from matcher.core.amount_network import Network
from matcher.core.constraints import (
    Condition,
    Either,
    Enough,
    Every,
    Formula,
    Within,
    simplified,
    size_of,
)
from matcher.core.errors import UnsupportedPredicate

# About a second of looking; shipped programmes need a few thousand steps.
MOST_VISITS = 1_000_000
# Bounds of amounts that depend on each other can creep; halving is faster then.
_ROUNDS = 8


@dataclass(slots=True)
class Budget:
    """How many parts of formulas may still be looked at; shared by the searches of one plan."""

    visits: int = MOST_VISITS

    def spend(self, visits: int = 1) -> None:
        """Look at ``visits`` more.

        Raises:
            UnsupportedPredicate: the budget is spent.
        """
        self.visits -= visits
        if self.visits < 0:
            raise UnsupportedPredicate(
                "the predicate is too intricate to find an example for it",
                fix="write it with fewer interlocking alternatives",
            )


def solve(network: Network, formula: Formula, budget: Budget) -> tuple[int, ...] | None:
    """Return a value for every attribute's node, so that ``formula`` holds; None if there is none.

    Nodes of computed amounts get their least possible value; values of attributes that do not
    matter are the smallest.

    Raises:
        UnsupportedPredicate: the budget is spent.
    """
    start = _Box(network, list(network.low), list(network.high), formula, tuple(network.computed))
    for node in network.values:
        start.narrow(node, network.low[node], network.high[node])
    stack = [start]
    while stack:
        box = stack.pop()
        if not box.settle(budget):
            continue
        rest = box.formula
        branches = box.misplaced() if isinstance(rest, bool) else box.decided(rest)
        if branches is None:
            return tuple(box.low)
        stack += reversed(branches)
    return None


@dataclass(slots=True)
class _Box:
    network: Network
    low: list[int]
    high: list[int]
    formula: Formula
    # Computed nodes that have not been looked at since something about them changed.
    waiting: tuple[int, ...]

    def settle(self, budget: Budget) -> bool:
        """Draw conclusions; return whether there may be a solution."""
        while True:
            if not self._propagate(budget):
                return False
            budget.spend(size_of(self.formula))
            self.formula = simplified(self.formula, self.low, self.high)
            narrowed: list[int] = []
            for part in _parts(self.formula):
                if isinstance(part, Within):
                    pieces = part.allowed.within(self.low[part.node], self.high[part.node])
                    if not pieces:
                        return False
                    if self.narrow(part.node, pieces[0][0], pieces[-1][1]):
                        narrowed.append(part.node)
            if not narrowed:
                return self.formula is not False
            self._look_above(narrowed)
            if any(self.low[number] > self.high[number] for number in narrowed):
                return False

    def decided(self, rest: Condition) -> list[_Box]:
        """Return boxes in which one more part of ``rest`` is decided, first where it holds."""
        question = _next_question(rest)
        low, high = self.low[question.node], self.high[question.node]
        first, last = question.allowed.within(low, high)[0]
        return self._cut(question.node, (first, last), (low, first - 1), (last + 1, high))

    def misplaced(self) -> list[_Box] | None:
        """Return two halves of the box if a computed amount is not sure to be where it must.

        None if all are; no halves if one cannot be.
        """
        spread: dict[int, int] = {}
        for number, node in self.network.computed.items():
            least, greatest = node.bounds(self.low, self.high)
            if self.low[number] <= least and greatest <= self.high[number]:
                continue
            below = self.network.below[number]
            spread |= {one: width for one in below if (width := self.high[one] - self.low[one])}
            if not spread:
                return []
        return self._halves(spread) if spread else None

    def _halves(self, spread: Mapping[int, int]) -> list[_Box]:
        # What has few values often decides which limit applies to what has many.
        node = min(spread, key=lambda number: (spread[number], number))
        low, high = self.low[node], self.high[node]
        return self._cut(node, (low, (low + high) // 2), ((low + high) // 2 + 1, high))

    def _cut(self, node: int, *pieces: tuple[int, int]) -> list[_Box]:
        branches: list[_Box] = []
        for low, high in pieces:
            box = _Box(self.network, list(self.low), list(self.high), self.formula, self.waiting)
            box.narrow(node, low, high)
            box._look_above([node])
            if box.low[node] <= box.high[node]:
                branches.append(box)
        return branches

    def _look_above(self, changed: Iterable[int]) -> None:
        found = (above for node in changed for above in self.network.above[node])
        self.waiting = tuple(dict.fromkeys([*self.waiting, *found]))

    def _propagate(self, budget: Budget) -> bool:
        computed, above = self.network.computed, self.network.above
        waiting = deque(self.waiting)
        queued = set(waiting)
        steps = _ROUNDS * (len(computed) + 1)
        while waiting and steps:
            steps -= 1
            budget.spend()
            number = waiting.popleft()
            queued.discard(number)
            node = computed[number]
            changes = [(number, *node.bounds(self.low, self.high))]
            own = (max(self.low[number], changes[0][1]), min(self.high[number], changes[0][2]))
            if own[0] > own[1]:
                return False
            changes += node.narrowed(own, self.low, self.high)
            for part, low, high in changes:
                if not self.narrow(part, low, high):
                    continue
                if self.low[part] > self.high[part]:
                    return False
                for other in above[part]:
                    if other not in queued:
                        queued.add(other)
                        waiting.append(other)
        self.waiting = tuple(waiting)
        return True

    def narrow(self, node: int, low: int, high: int) -> bool:
        """Keep ``node`` between ``low`` and ``high``; return whether that changes anything."""
        low, high = max(low, self.low[node]), min(high, self.high[node])
        values = self.network.values.get(node)
        if values is not None and low <= high:
            after = bisect_left(values, low)
            before = bisect_right(values, high) - 1
            # No value at all is said by bounds that exclude each other.
            low, high = (values[after], values[before]) if after <= before else (high, low - 1)
        if low == self.low[node] and high == self.high[node]:
            return False
        self.low[node], self.high[node] = low, high
        return True


def _parts(formula: Formula) -> tuple[Formula, ...]:
    return formula.children if isinstance(formula, Every) else (formula,)


def _next_question(rest: Condition) -> Within:
    """Return what to decide next: a part of the alternative with the fewest ways out."""
    match rest:
        case Within():
            return rest
        case Every(children):
            return _next_question(min(children, key=_ways_out))
        case Either(children) | Enough(_, children):
            return _next_question(children[0])


def _ways_out(part: Condition) -> int:
    return len(part.children) if isinstance(part, Either | Enough) else 1
