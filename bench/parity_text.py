"""The parity table for machines, terminals and ``docs/``.

Rules:
 * What was refused is a row like any other, with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rich.box import SIMPLE
from rich.table import Table as Grid

from bench.parity import MOST_PAILLIER, Parity, Settings
from bench.parity_row import Compared, Difference, Refused
from matcher.core.canonical import JsonObject
from matcher.core.scheme import Scheme
from matcher.core.verdict import Verdict
from programmes import programme_names

_HEADINGS = ("programme", "scheme", "columns", "cases", "mismatches", "parameters")


def parity_json(parity: Parity) -> dict[str, object]:
    """Return the report."""
    settings = parity.settings
    return {
        "benchmark": "parity",
        "mismatches": parity.mismatches,
        "cases": parity.cases,
        "schemes": [scheme.value for scheme in parity.schemes],
        "programmes": list(settings.programmes),
        "subjects": settings.subjects,
        "seed": settings.seed,
        "seconds": round(parity.seconds, 3),
        "versions": dict(parity.versions),
        "rows": [_row(row) for row in parity.rows],
    }


def parity_grid(parity: Parity) -> Grid:
    """Return the table for a terminal; ``refusals`` says what its numbers mean."""
    reasons = refusals(parity)
    # A programme's name has a line of its own, so that the table fits a narrow window.
    grid = Grid(title=_title(parity), title_justify="left", box=SIMPLE, padding=(0, 1, 0, 0))
    for heading in ("programme, scheme", *_HEADINGS[2:]):
        right = heading in ("cases", "mismatches")
        grid.add_column(heading, justify="right" if right else "left", no_wrap=True)
    named = ""
    for row in parity.rows:
        programme, scheme, columns = _way(row)
        if programme != named:
            grid.add_row(programme, style="bold")
            named = programme
        if isinstance(row, Refused):
            number = reasons.index(row.reason) + 1
            grid.add_row(f"  {scheme}", columns, "–", "–", f"refused ({number})", style="dim")
        else:
            parameters = ", ".join(row.parameters)
            style = "bold red" if row.mismatches else ""
            grid.add_row(f"  {scheme}", columns, *_figures(row), parameters, style=style)
    return grid


def refusals(parity: Parity) -> tuple[str, ...]:
    """Return why rows were refused, each reason once, in the order of the rows."""
    reasons = (row.reason for row in parity.rows if isinstance(row, Refused))
    return tuple(dict.fromkeys(reasons))


def parity_markdown(parity: Parity) -> str:
    """Return the table with what it says, for ``docs/``."""
    return "\n".join(_markdown(parity)) + "\n"


def difference_text(row: Compared, difference: Difference) -> str:
    """Return one mismatch as a sentence."""
    return (
        f"{row.way.text}: subject {difference.subject} on {difference.day} is "
        f"{_decision(difference.found)}, by the rule {_decision(difference.expected)}"
    )


def _markdown(parity: Parity) -> Iterator[str]:
    settings = parity.settings
    yield "# One answer under every scheme"
    yield ""
    yield (
        f"{_title(parity)}. Programmes that come with fusuma were decided under every scheme in "
        "the table, with every kind of column the scheme has, on real keys, ciphertexts and seals, "
        "and compared with the rule evaluated in the clear."
    )
    yield ""
    yield (
        "Cases are the programme's own examples, a subject below, at and above every limit, and "
        f"{settings.subjects:,} random subjects (seed {settings.seed})"
        + (
            f"; under Paillier the first {MOST_PAILLIER:,} of them."
            if Scheme.PAILLIER in settings.schemes and settings.subjects > MOST_PAILLIER
            else "."
        )
        + " A plan that a scheme cannot carry is refused by the planner with its reason."
    )
    yield ""
    yield f"| {' | '.join(_HEADINGS)} |"
    yield "|---|---|---|---:|---:|---|"
    reasons = refusals(parity)
    for row in parity.rows:
        if isinstance(row, Refused):
            cells = ("–", "–", f"refused ({reasons.index(row.reason) + 1})")
        else:
            cells = (*_figures(row), ", ".join(row.parameters))
        yield f"| {' | '.join((*_way(row), *cells))} |"
    yield ""
    if reasons:
        yield "Refused, because:"
        yield ""
        yield from (f"{number}. {_plain(reason)}" for number, reason in enumerate(reasons, start=1))
        yield ""
    versions = ", ".join(f"{name} {number}" for name, number in parity.versions.items())
    yield f"Decided in {parity.seconds:,.0f} seconds with {versions}, and written by"
    yield f"`fusuma bench parity {_asked(settings)} --markdown FILE`."


def _asked(settings: Settings) -> str:
    """Return the options that ask for the same table again."""
    asked = [f"--subjects {settings.subjects}", f"--seed {settings.seed}"]
    if set(settings.programmes) != set(programme_names()):
        asked += [f"--programmes {name}" for name in settings.programmes]
    if set(settings.schemes) != set(Scheme):
        asked += [f"--schemes {scheme.value}" for scheme in settings.schemes]
    return " ".join(asked)


def _title(parity: Parity) -> str:
    decided, refused = len(parity.compared), len(parity.rows) - len(parity.compared)
    return (
        f"{parity.mismatches:,} mismatches in {parity.cases:,} cases: {decided} rows decided, "
        f"{refused} refused"
    )


def _row(row: Compared | Refused) -> JsonObject:
    programme, scheme, columns = _way(row)
    way: JsonObject = {"programme": programme, "scheme": scheme, "columns": columns}
    if isinstance(row, Refused):
        return {**way, "refused": row.reason}
    found: JsonObject = {
        **way,
        "cases": row.cases,
        "mismatches": row.mismatches,
        "parameters": ", ".join(row.parameters),
    }
    if row.first is not None:
        found["first_mismatch"] = {
            "day": row.first.day,
            "subject": row.first.subject,
            "expected": _decision(row.first.expected),
            "found": _decision(row.first.found),
        }
    return found


def _way(row: Compared | Refused) -> tuple[str, str, str]:
    return row.way.programme, row.way.scheme.value, row.way.kind.value


def _figures(row: Compared) -> tuple[str, str]:
    return f"{row.cases:,}", f"{row.mismatches:,}"


def _plain(text: str) -> str:
    """Return ``text`` so that Markdown takes none of its signs for its own."""
    return re.sub(r"([*_|\[\]])", r"\\\1", text).replace("<", "&lt;")


def _decision(code: int) -> str:
    """Return a decision's code as a word; 0 and codes from 3 on are tiers of the eligible."""
    word = "eligible" if code >= len(Verdict) else Verdict(code).word
    return f"{word} ({code})"
