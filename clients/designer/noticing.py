"""Which changed rules a programme's tests notice, and what would notice the others.

Rules:
 * A changed rule is noticed where it decides some test otherwise than its designer expects.
 * A change that no subject can tell, on any day of a test, is equivalent; that is proven, not
   guessed. What cannot be decided within the budget counts as not noticed.
 * The case that would notice comes with what the programme as written decides about it.
 * Cases are looked for among the tests, then around every limit, then by a complete search; they
   have no fact that could be left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from clients.designer.probes import probes_of
from clients.designer.trying import table_of
from clients.review.decided import Decided, Member, decided_of, depends_on_day
from clients.review.decisive import Showing, decisive, showings
from matcher.core.difference import distinguishing
from matcher.core.errors import FusumaError, UnsupportedPredicate
from matcher.core.predicate import Constant
from matcher.core.programme import Case, Programme
from matcher.core.reference import reference_decisions
from matcher.core.satisfy import Budget
from matcher.core.table import Grouping, Table
from matcher.core.verdict import Verdict, decision_of_tier

# Looking for one case takes about a second at most.
MOST_VISITS = 500_000
_LONGEST_NAME = 120
_Subjects: TypeAlias = tuple[Table, Grouping | None]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A programme with one thing changed.

    Attributes:
        what: the kind of change, in a few words.
        where: file, line and column.
        before: what stands there.
        after: what the mutant has instead; empty where it is left out.
        programme: the mutant; None where the language refuses it.
    """

    what: str
    where: str
    before: str
    after: str
    programme: Programme | None


class Fate(StrEnum):
    """What becomes of a mutant."""

    NOTICED = "noticed"
    REFUSED = "refused"
    EQUIVALENT = "equivalent"
    SURVIVES = "survives"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Judged:
    """A mutant, what becomes of it, and for a survivor the case that would notice it."""

    mutant: Mutant
    fate: Fate
    case: Case | None = None

    @property
    def survives(self) -> bool:
        """Whether the tests have to be added to."""
        return self.fate in (Fate.SURVIVES, Fate.UNDECIDED)


def judge(programme: Programme, mutants: Iterable[Mutant], day: date) -> tuple[Judged, ...]:
    """Return what becomes of every one of ``mutants``.

    Args:
        programme: as written, with its tests.
        mutants: made from it.
        day: of tests without a day of their own.
    """
    days = sorted({case.day or day for case in programme.cases} or {day})
    scenes = [_Scene(programme, when, day) for when in days]
    return tuple(_judged(mutant, scenes) for mutant in mutants)


def _judged(mutant: Mutant, scenes: Sequence[_Scene]) -> Judged:
    changed = mutant.programme
    if changed is None:
        return Judged(mutant, Fate.REFUSED)
    try:
        if any(scene.notices(changed) for scene in scenes):
            return Judged(mutant, Fate.NOTICED)
        for scene in scenes:
            case = scene.tried(changed, _name(mutant))
            if case is not None:
                return Judged(mutant, Fate.SURVIVES, case)
    except FusumaError:
        # A rule that cannot be evaluated never gets as far as a test.
        return Judged(mutant, Fate.REFUSED)
    fate = Fate.EQUIVALENT
    for scene in scenes:
        try:
            case = scene.searched(changed, _name(mutant))
        except UnsupportedPredicate:
            fate = Fate.UNDECIDED
            continue
        if case is not None:
            return Judged(mutant, Fate.SURVIVES, case)
    return Judged(mutant, fate)


def _name(mutant: Mutant) -> str:
    """Return a name for the case that would notice ``mutant``."""
    before, after = " ".join(mutant.before.split()), " ".join(mutant.after.split())
    name = f"tells {before} from {after}" if after else f"needs {before}"
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


class _Scene:
    """One day: its tests, and subjects around every limit."""

    def __init__(self, programme: Programme, day: date, default: date) -> None:
        self._programme = programme
        self._day = day
        self._shown: dict[Showing | Verdict, int] = {}
        cases = [case for case in programme.cases if (case.day or default) == day]
        self._cases = cases
        self._tests = table_of(programme, [case.members for case in cases])
        # A case that was added for one mutant may notice others; it is looked at first.
        self._added: list[Case] = []

    @cached_property
    def _probes(self) -> list[tuple[Member, ...]]:
        # Most changes are noticed by a test; only what is not needs anybody else.
        return [*(case.members for case in self._cases), *probes_of(self._programme, self._day)]

    @cached_property
    def _probed(self) -> _Subjects:
        return table_of(self._programme, self._probes)

    @cached_property
    def _shown_to_probes(self) -> NDArray[np.int64]:
        return self._showing(self._programme, self._probed)

    def notices(self, changed: Programme) -> bool:
        """Return whether a test of the day comes out otherwise than expected."""
        if not self._cases:
            return False
        found = decided_of(changed, self._day, self._decisions(changed, self._tests))
        return not all(map(Decided.meets, found, self._cases))

    def tried(self, changed: Programme, name: str) -> Case | None:
        """Return a case on which ``changed`` decides otherwise, or None if none was found."""
        for case in self._added:
            if self._tells(changed, case.members):
                return case
        different = np.flatnonzero(self._showing(changed, self._probed) != self._shown_to_probes)
        if not different.size:
            return None
        return self._add(changed, self._probes[different[0]], name)

    def searched(self, changed: Programme, name: str) -> Case | None:
        """Return a case on which ``changed`` decides otherwise, or None if there is none.

        Raises:
            UnsupportedPredicate: the search was given up.
        """
        ours, theirs = decisive(self._programme, self._day), decisive(changed, self._day)
        never = Constant(value=False)
        names = list(dict.fromkeys([*ours, *theirs]))
        members = distinguishing(
            [ours.get(showing, never) for showing in names],
            [theirs.get(showing, never) for showing in names],
            self._programme.catalogue.attributes,
            self._programme.most_members,
            Budget(MOST_VISITS),
        )
        if members is None:
            return None
        return self._add(changed, members, name)

    def _add(self, changed: Programme, members: Sequence[Member], name: str) -> Case:
        """Return the case of ``members`` with as few facts as tell ``changed`` apart."""
        known = next((case for case in self._cases if case.members == tuple(members)), None)
        if known is not None:
            # The test is there, and says too little about what comes out.
            name = known.name
        else:
            members = self._smaller(changed, members)
        decisions = self._decisions(self._programme, table_of(self._programme, [members]))
        (decided,) = decided_of(self._programme, self._day, decisions)
        day = self._day if depends_on_day(self._programme) else None
        case = decided.expected(name, members, day)
        self._added.append(case)
        return case

    def _smaller(self, changed: Programme, members: Sequence[Member]) -> tuple[Member, ...]:
        """Leave out facts as long as the same comes out and ``changed`` decides otherwise."""
        kept = [dict(member) for member in members]
        wanted = self._shown_to(self._programme, kept)
        for member in kept:
            for name, code in list(member.items()):
                member[name] = None
                if self._shown_to(self._programme, kept) != wanted or not self._tells(
                    changed, kept
                ):
                    member[name] = code
        return tuple(kept)

    def _tells(self, changed: Programme, members: Sequence[Member]) -> bool:
        return self._shown_to(changed, members) != self._shown_to(self._programme, members)

    def _shown_to(self, programme: Programme, members: Sequence[Member]) -> int:
        return int(self._showing(programme, table_of(self._programme, [members]))[0])

    def _decisions(self, programme: Programme, scene: _Subjects) -> NDArray[np.uint8]:
        table, grouping = scene
        return reference_decisions(programme, self._day, table, grouping)

    def _showing(self, programme: Programme, scene: _Subjects) -> NDArray[np.int64]:
        """Return a number for what every subject is shown, the same for the same."""
        shown: dict[int, Showing | Verdict] = {
            int(verdict): verdict for verdict in (Verdict.INELIGIBLE, Verdict.UNDETERMINED)
        }
        for tier, showing in enumerate(showings(programme, self._day)):
            shown[decision_of_tier(tier)] = showing
        numbers = [
            self._shown.setdefault(shown[code], len(self._shown)) for code in range(len(shown))
        ]
        return np.array(numbers)[self._decisions(programme, scene)]
