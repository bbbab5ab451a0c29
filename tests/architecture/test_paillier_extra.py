"""phe is under GPL-3 and an extra: nothing but Paillier's own files may come to need it."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.architecture.source_tree import PACKAGES, ROOT, sources

EXTRA = {"gmpy2", "phe"}
GPL = {"phe"}


def files_that_import(libraries: set[str]) -> set[str]:
    return {
        source.module
        for package in PACKAGES
        for source in sources(package)
        if {module.split(".")[0] for module in source.imports()} & libraries
    }


def test_the_extras_libraries_are_imported_in_pailliers_files_only() -> None:
    assert files_that_import(EXTRA) == {
        "clients.schemes.paillier",
        "matcher.schemes.paillier",
        "matcher.schemes.paillier_encryption",
        "matcher.schemes.paillier_format",
        "matcher.schemes.paillier_key_format",
    }


def test_only_the_key_side_touches_what_is_under_the_gpl() -> None:
    assert files_that_import(GPL) == {"clients.schemes.paillier"}


def test_pailliers_files_are_loaded_by_those_who_pick_a_scheme_and_by_each_other() -> None:
    own = files_that_import(EXTRA)
    for package in PACKAGES:
        for source in sources(package):
            # At the top of a file an import would load the extra for every scheme.
            top = {
                node.module
                for node in source.tree.body
                if node.__class__.__name__ == "ImportFrom" and node.module in own
            }
            assert not top or "paillier" in source.module, source.path


def test_a_run_of_another_scheme_loads_none_of_it() -> None:
    program = """
import json, sys
import matcher.service.evaluation, clients.provider.encryption_worker, clients.requester.keys
from matcher.core.scheme import Scheme
from matcher.schemes.warming import warm
warm([Scheme.BGV])
print(json.dumps(sorted(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'proto'}"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert not {name.split(".")[0] for name in json.loads(done.stdout)} & EXTRA
