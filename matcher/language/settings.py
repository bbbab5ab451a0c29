"""Values that the configuration files of several parts have in common.

Rules:
 * Relative paths count from the configuration file, not from where a process was started.
 * A message names line and column.
"""

from __future__ import annotations

from pathlib import Path

from matcher.core.errors import InvalidConfiguration, InvalidFile
from matcher.language.document import Node
from matcher.language.fields import integer, text, value_of


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
