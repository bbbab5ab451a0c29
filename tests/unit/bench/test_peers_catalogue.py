"""Every peer has a program, and every program its exact requirements."""

from __future__ import annotations

import ast
import re

import pytest

from bench.peers.catalogue import PEERS, PROGRAMS, Peer, peer_named
from bench.peers.environments import ENVIRONMENTS
from matcher.core.errors import InvalidConfiguration


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(environment: str) -> dict[str, str]:
    lines = (PROGRAMS / f"{environment}.txt").read_text(encoding="utf-8").splitlines()
    wanted = [line for line in lines if line and not line.startswith("#")]
    return {canonical(name): exact for name, _, exact in (line.partition("==") for line in wanted)}


@pytest.mark.parametrize("peer", PEERS.values(), ids=PEERS)
def test_a_program_measures_what_its_environment_pins(peer: Peer) -> None:
    tree = ast.parse((PROGRAMS / f"{peer.program}.py").read_text(encoding="utf-8"))
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    packages = next(
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "PACKAGES"
    )
    assert "prepare" in defined
    assert set(map(canonical, packages)) <= pinned(peer.environment).keys()


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_requirements_are_exact(environment: str) -> None:
    assert all(re.fullmatch(r"[0-9][0-9.]*", exact) for exact in pinned(environment).values())


def test_an_unknown_peer_is_answered_with_the_nearest() -> None:
    with pytest.raises(InvalidConfiguration, match="did you mean concrete"):
        peer_named("concret")
