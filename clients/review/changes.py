"""What stands in one version of a programme and not in another.

The bundle is compared, field by field: it has everything a programme is, so that nothing can change
unseen.

Rules:
 * Two programmes have no changes exactly if their bundles, and so their digests, are the same.
 * Outcomes and tests are known by their names; that their order has changed is a change too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from matcher.core.canonical import JsonObject
from matcher.core.programme import Programme
from matcher.language import dump_bundle

# What the bundle lists, and what tells the entries of a list apart.
_NAMED = ("outcomes", "tests")
_ORDER = "order"


@dataclass(frozen=True, slots=True)
class Change:
    """One field that differs.

    Attributes:
        field: its path in the bundle, such as ``parameters.limit.2026-04-01``.
        old: what stands in the old version, as text; None where the field is new.
        new: what stands in the new version; None where the field is gone.
    """

    field: str
    old: str | None
    new: str | None

    def to_json(self) -> JsonObject:
        """Return the change for machines."""
        return {"field": self.field, "old": self.old, "new": self.new}


def changes_between(old: Programme, new: Programme) -> tuple[Change, ...]:
    """Return every field that differs, in the order of the new version, what is gone last."""
    before, after = dict(_fields(old)), dict(_fields(new))
    changed = [
        Change(field, before.get(field), text)
        for field, text in after.items()
        if before.get(field) != text
    ]
    gone = [Change(field, text, None) for field, text in before.items() if field not in after]
    return (*changed, *gone)


def _fields(programme: Programme) -> Iterator[tuple[str, str]]:
    """Yield the path and the text of every field of the bundle."""
    bundle = json.loads(dump_bundle(programme))
    rest = {"catalogue": bundle["catalogue"], "bundle": bundle["bundle"]}
    for name, value in {**bundle["programme"], **rest}.items():
        if name in _NAMED:
            yield from _entries(name, value)
        else:
            yield from _leaves(name, value)


def _entries(name: str, entries: list[dict[str, object]]) -> Iterator[tuple[str, str]]:
    names = [str(entry["name"]) for entry in entries]
    if len(names) > 1:
        yield f"{name} ({_ORDER})", ", ".join(names)
    for number, entry in enumerate(entries):
        # Tests may have the same name; then their place tells them apart.
        again = names[:number].count(names[number])
        path = f"{name}.{names[number]}" + (f" ({again + 1})" if again else "")
        if name == "tests":
            yield path, _test(entry)
        else:
            yield from _leaves(path, entry)


def _test(entry: Mapping[str, object]) -> str:
    """Return a test in one line: who, what is expected, and on which day."""
    members = entry["members"]
    given = "; ".join(
        ", ".join(f"{name} {_text(value)}" for name, value in member.items()) or "nothing known"
        for member in (members if isinstance(members, list) else ())
    )
    expected = [
        _text(entry["expect"]),
        *(f"{key} {_text(entry[key])}" for key in ("outcome", "amount") if entry[key] is not None),
    ]
    day = "" if entry["date"] is None else f" on {_text(entry['date'])}"
    return f"{given or 'nobody'}: {', '.join(expected)}{day}"


def _leaves(path: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and value:
        for key, child in value.items():
            yield from _leaves(f"{path}.{key}", child)
    else:
        yield path, _text(value)


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
