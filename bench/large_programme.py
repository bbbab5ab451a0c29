"""A programme as large as one file can hold, made up at random but always the same.

64 attributes of four agencies, hundreds of comparisons, eight outcomes, as many worked examples as
fit into 64 KiB.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

MOST_BYTES = 64 * 1024
_SEED = 20260601
_ROLES = ("tax", "welfare", "school", "health")
_NAMES = tuple(f"{role}.item_{number:02d}" for role in _ROLES for number in range(16))
_GIVEN = 30


def write_large_programme(folder: Path) -> Path:
    """Write the programme and its catalogue into ``folder`` and return the programme's path."""
    attributes = [
        f"  {name}: {{type: integer, domain: [0, 10000000], absent: unknown}}" for name in _NAMES
    ]
    catalogue = "\n".join(["catalogue: large", "attributes:", *attributes, ""])
    (folder / "catalogue.yaml").write_text(catalogue, encoding="utf-8")
    text = ""
    for line in _lines(random.Random(_SEED)):  # noqa: S311 - nothing secret is drawn
        if len(text) + len(line) >= MOST_BYTES:
            break
        text += line + "\n"
    path = folder / "everything.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def _lines(chance: random.Random) -> Iterator[str]:
    yield 'programme: large/everything\nversion: "1"\ntitle: {en: Everything}\ncatalogue: large'
    yield "requester: town\naffair: everything\nunit: person\nvalid: {from: 2026-04-01}"
    yield "parameters:\n  limit: {2026-04-01: 1, 2026-10-01: 2}"
    parts = [f"({_alternatives(chance, role, 6)})" for role in _ROLES for _ in range(5)]
    parts += [f"{name} != {chance.randint(3, 99999)}" for name in _NAMES]
    yield "eligible: >-\n  " + "\n  && ".join([*parts, f"{_NAMES[0]} != params.limit"])
    yield "outcomes:\n  pays: {currency: JPY, every: year}\n  tiers:"
    for number in range(7):
        when = _alternatives(chance, _ROLES[number % 4], 4).replace("||", "&&")
        yield f"    - {{name: tier{number}, title: {{en: T}}, when: {when}, amount: {number}}}"
    yield "    - {name: rest, title: {en: Rest}, amount: 0}\ntests:"
    for number in range(1000):
        given = ", ".join(f"{name}: {chance.randint(0, 9999999)}" for name in _NAMES[:_GIVEN])
        yield f"  - {{name: case {number}, given: {{{given}}}, expect: undetermined}}"


def _alternatives(chance: random.Random, role: str, count: int) -> str:
    names = chance.sample([name for name in _NAMES if name.startswith(role)], count)
    return " || ".join(
        f"{name} {chance.choice(['<=', '>='])} {chance.randint(1000000, 9000000)}" for name in names
    )
