"""Reads the project's own source: which files there are and what they import.

The imports are those that stand in the text, wherever they stand: at the top, in a function or
under ``TYPE_CHECKING``.
"""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("matcher", "clients", "enclave_sim", "fusuma", "programmes", "bench")


@dataclass(frozen=True, slots=True)
class Source:
    """One Python file of the project, parsed."""

    module: str
    path: Path
    tree: ast.Module

    def imports(self) -> set[str]:
        """Return the full names of all modules this file imports."""
        found: set[str] = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                found.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{self.path}: relative imports hide where a name is from"
                module = node.module or ""
                found.add(module)
                # `from package import module` names a module only in its second half.
                found.update(
                    f"{module}.{alias.name}"
                    for alias in node.names
                    if alias.name.endswith(("_pb2", "_pb2_grpc"))
                )
        return found

    def words(self) -> set[str]:
        """Return every name, attribute and string of the file: whatever could name a thing."""
        found: set[str] = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Name):
                found.add(node.id)
            elif isinstance(node, ast.Attribute):
                found.add(node.attr)
            elif isinstance(node, ast.alias):
                found.update(node.name.split("."))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
        return found


@cache
def sources(package: str) -> list[Source]:
    """Return all files of ``package`` (dotted) and what lies beneath it."""
    directory = ROOT.joinpath(*package.split("."))
    found = []
    for path in sorted(directory.rglob("*.py")):
        parts = list(path.relative_to(ROOT).with_suffix("").parts)
        if parts[-1] == "__init__":
            parts.pop()
        found.append(Source(".".join(parts), path, ast.parse(path.read_text("utf-8"))))
    assert found, f"no source under {directory}"
    return found


def own(module: str) -> bool:
    """Return whether ``module`` is the project's."""
    return module.split(".", maxsplit=1)[0] in PACKAGES


def standard(module: str) -> bool:
    """Return whether ``module`` is of the standard library."""
    return module.split(".", maxsplit=1)[0] in sys.stdlib_module_names
