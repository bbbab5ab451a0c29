"""Documents point at things that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fusuma.nouns import NOUNS
from tests.architecture.source_tree import ROOT

DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
_LINK = re.compile(r"\]\((?P<target>[^)#:]+)(?:#[^)]*)?\)")
_NOUN = re.compile(r"`fusuma (?P<noun>[a-z]+)")
_PATH = re.compile(r"`(?P<path>(?:matcher|clients|enclave_sim|fusuma|proto|tests|docs)/[\w./-]+)`")


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("document", DOCUMENTS, ids=_name)
def test_every_link_leads_somewhere(document: Path) -> None:
    targets = [match["target"] for match in _LINK.finditer(document.read_text("utf-8"))]
    assert not [target for target in targets if not (document.parent / target).exists()]


@pytest.mark.parametrize("document", DOCUMENTS, ids=_name)
def test_every_command_and_path_named_exists(document: Path) -> None:
    text = document.read_text("utf-8")
    assert {m["noun"] for m in _NOUN.finditer(text)} <= {noun.name for noun in NOUNS}
    assert not [m["path"] for m in _PATH.finditer(text) if not (ROOT / m["path"]).exists()]


def test_the_documents_are_found() -> None:
    names = {_name(path) for path in DOCUMENTS}
    assert {"README.md", "docs/threat-model.md", "docs/protocol.md"} <= names
    assert sum(name.startswith("docs/adr/") for name in names) > 5


@pytest.mark.parametrize("record", sorted((ROOT / "docs" / "adr").glob("0*.md")), ids=_name)
def test_every_decision_is_in_the_index(record: Path) -> None:
    number, _, title = (
        record.read_text("utf-8").partition("\n")[0].removeprefix("# ").partition(". ")
    )
    index = (ROOT / "docs" / "adr" / "README.md").read_text("utf-8")
    assert f"\n| {number} | [{title}]({record.name}) |\n" in index
