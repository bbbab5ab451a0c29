"""``fusuma programme mutate``: what the tests of a programme would not notice.

Rules:
 * Status 1 where a changed rule passes all tests although somebody can tell it from the rule.
 * Cases that would notice come as tests to paste, each once, expecting what the rule says today.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date

import typer
from rich.console import Console

from clients.designer.case_text import case_text
from clients.designer.noticing import Fate, Judged, judge
from clients.designer.options import Day, File, Json, day_of
from clients.designer.placing import placed
from clients.designer.programme_edits import mutants_of, unseen_values
from matcher.core.canonical import JsonObject
from matcher.core.programme import Case, Programme
from matcher.language import load_programme_with_places

_LONGEST = 100


def mutate_command(file: File, *, day: Day = "", as_json: Json = False) -> None:
    """Change one thing at a time: what do tests not notice?"""
    programme, places = load_programme_with_places(file)
    when = day_of(programme, day)
    days = sorted({case.day or when for case in programme.cases} or {when})
    with placed(programme, places, when):
        found = judge(programme, mutants_of(programme, places, days), when)
    unseen = tuple(unseen_values(programme, places, days))
    if as_json:
        report = _json(programme, days, found, unseen)
        typer.echo(json.dumps(report, ensure_ascii=False))
    else:
        _show(Console(highlight=False, soft_wrap=True), programme, found, unseen)
    if any(judged.survives for judged in found):
        raise typer.Exit(1)


def _json(
    programme: Programme, days: Sequence[date], found: Sequence[Judged], unseen: Sequence[str]
) -> JsonObject:
    cases = _cases(found)
    return {
        "programme": programme.id,
        "version": programme.version,
        "dates": [day.isoformat() for day in days],
        "mutants": len(found),
        "noticed": _count(found, Fate.NOTICED),
        "refused": _count(found, Fate.REFUSED),
        "survivors": [
            {**_mutant_json(judged), "case": None if judged.case is None else judged.case.name}
            for judged in found
            if judged.survives
        ],
        "equivalent": [_mutant_json(one) for one in found if one.fate is Fate.EQUIVALENT],
        "unseen": list(unseen),
        "cases": [{"name": case.name, "yaml": case_text(case, programme)} for case in cases],
    }


def _mutant_json(judged: Judged) -> JsonObject:
    mutant = judged.mutant
    return {
        "what": mutant.what,
        "where": mutant.where,
        "before": mutant.before,
        "after": mutant.after,
        "undecided": judged.fate is Fate.UNDECIDED,
    }


def _show(
    console: Console, programme: Programme, found: Sequence[Judged], unseen: Sequence[str]
) -> None:
    surviving = [judged for judged in found if judged.survives]
    equivalent = [judged for judged in found if judged.fate is Fate.EQUIVALENT]
    noticed, refused = _count(found, Fate.NOTICED), _count(found, Fate.REFUSED)
    console.print(
        f"{len(found)} changes: the tests notice {noticed}, the language refuses {refused}, "
        f"{len(equivalent)} make no difference, {len(surviving)} are not noticed"
    )
    for title, group in (
        ("these make no difference to anybody:", equivalent),
        ("these are not noticed:", surviving),
    ):
        for line in (title, *_lines(group)) if group else ():
            console.print(line, markup=False)
    for note in unseen:
        console.print(f"no test sees {note}", markup=False)
    cases = _cases(found)
    if cases:
        console.print(
            "tests that would notice, as the rule is now; add them if that is what you mean:"
        )
        for case in cases:
            console.print(case_text(case, programme), markup=False)
    undecided = _count(found, Fate.UNDECIDED)
    if undecided:
        console.print(
            f"{undecided} could not be decided in the time given, and count as not noticed"
        )
    console.print("[red]not everything is noticed[/]" if surviving else "[green]all noticed[/]")


def _lines(found: Sequence[Judged]) -> Iterator[str]:
    for judged in found:
        mutant = judged.mutant
        undecided = ", undecided" if judged.fate is Fate.UNDECIDED else ""
        yield f"  {mutant.where}: {mutant.what}{undecided}"
        yield f"    it says   {_clipped(mutant.before)}"
        yield f"    instead   {_clipped(mutant.after) if mutant.after else 'nothing'}"


def _cases(found: Sequence[Judged]) -> list[Case]:
    cases: list[Case] = []
    for judged in found:
        if judged.case is not None and judged.case not in cases:
            cases.append(judged.case)
    return cases


def _count(found: Sequence[Judged], fate: Fate) -> int:
    return sum(judged.fate is fate for judged in found)


def _clipped(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
