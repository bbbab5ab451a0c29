"""Values that the configuration files of several parts have in common.

Rules:
 * Relative paths count from the configuration file, not from where a process was started.
 * A message names line and column.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TypeAlias

from matcher.core.errors import InvalidConfiguration, InvalidFile
from matcher.core.identifiers import AgencyId, Role
from matcher.core.nearest import nearest
from matcher.language.document import Node, Place, Scalar
from matcher.language.fields import agency, entries, integer, items, text, value_of

Chosen: TypeAlias = Mapping[str, Place]


def path_in(root: Path, node: Node, what: str) -> Path:
    """Return a path, relative to ``root`` where it is not absolute."""
    written = text(node, what)
    if "\x00" in written:
        raise InvalidFile(f"{what} must be a path", where=str(node.place), fix="name a file")
    return root / written


def optional_path_in(root: Path, node: Node | None, what: str) -> Path | None:
    """Return a path, or None where it is not set."""
    return None if node is None else path_in(root, node, what)


def within(node: Node, what: str, low: int, high: int) -> int:
    """Return a whole number from ``low`` to ``high``."""
    number = integer(node, what)
    if not low <= number <= high:
        raise InvalidConfiguration(
            f"{what} must be from {low} to {high}",
            where=str(node.place),
            fix="choose a number between them",
        )
    return number


def flag(node: Node, what: str) -> bool:
    """Return true or false."""
    value = value_of(node, what)
    if not isinstance(value, bool):
        raise InvalidConfiguration(
            f"{what} must be true or false", where=str(node.place), fix="write true or false"
        )
    return value


def choices(node: Node | None, what: str, known: Collection[str]) -> Chosen | None:
    """Return the names in a list and where they stand; None where it is not set.

    Raises:
        InvalidConfiguration: one is not among ``known``; says the nearest.
    """
    if node is None:
        return None
    chosen: dict[str, Place] = {}
    for item in items(node, what):
        name = text(item, what)
        if name not in known:
            raise InvalidConfiguration(
                f"{name[:40]!r} is not one of {what}",
                where=str(item.place),
                fix=nearest(name, known),
            )
        chosen.setdefault(name, item.place)
    return chosen


def matcher_address(node: Node) -> str:
    """Return where the matcher is, as ``host:port``."""
    address = text(node, "the matcher's address")
    host, colon, port = address.rpartition(":")
    if not (host and colon and port.isdigit() and 0 < int(port) < 65536):
        raise InvalidConfiguration(
            "the matcher's address must be host:port",
            where=str(node.place),
            fix="such as matcher:7443",
        )
    return address


def agencies_by_role(node: Node | None) -> Mapping[Role, tuple[AgencyId, ...]]:
    """Return the agencies of roles, ascending; none where it is not set.

    Raises:
        InvalidConfiguration: a role has no agency, or one twice.
    """
    if node is None:
        return {}
    return {
        Role(key.text): _agencies(key, value)
        for key, value in entries(node, "the list of providers")
    }


def _agencies(role: Scalar, node: Node) -> tuple[AgencyId, ...]:
    """Return the agencies of one role: one name, or a list of several."""
    if isinstance(node, Scalar):
        return (agency(node, f"the agency of the role {role.text[:80]!r}"),)
    what = f"the agencies of the role {role.text[:80]!r}"
    named = [agency(item, what) for item in items(node, what)]
    if not named or len(set(named)) != len(named):
        raise InvalidConfiguration(
            f"{what} name {'nobody' if not named else 'one of them twice'}",
            where=str(node.place),
            fix="name every agency that answers for the role, each once",
        )
    return tuple(sorted(named))
