from collections.abc import Callable
from pathlib import Path

import pytest

from matcher.core.errors import InvalidConfiguration, InvalidFile
from matcher.language.document import Node, parse_document
from matcher.language.fields import Section
from matcher.language.settings import (
    agencies_by_role,
    flag,
    matcher_address,
    optional_path_in,
    path_in,
    within,
)

ROOT = Path("/etc/fusuma")


def node(written: str) -> Node:
    return Section(
        parse_document(f"x: {written}\n".encode(), "a.yaml"), "the file", required=("x",)
    )["x"]


def test_a_relative_path_counts_from_its_root() -> None:
    assert path_in(ROOT, node("grants.yaml"), "grants") == ROOT / "grants.yaml"
    assert path_in(ROOT, node("/var/grants.yaml"), "grants") == Path("/var/grants.yaml")
    assert optional_path_in(ROOT, None, "grants") is None
    assert optional_path_in(ROOT, node("a"), "grants") == ROOT / "a"


def test_the_ends_of_a_range_lie_within() -> None:
    assert [within(node(str(number)), "workers", 1, 3) for number in (1, 3)] == [1, 3]


def test_a_flag_is_read() -> None:
    assert [flag(node(word), "debug") for word in ("true", "false")] == [True, False]


def test_an_address_of_either_kind_is_read() -> None:
    for address in ("matcher:7443", '"[::1]:7443"'):
        assert matcher_address(node(address)) == address.strip('"')


@pytest.mark.parametrize(
    ("read", "written", "message"),
    {
        "a path with a zero byte": (
            lambda x: path_in(ROOT, x, "data"),
            '"a\\0b"',
            "data must be a path",
        ),
        "a number below": (lambda x: within(x, "workers", 1, 3), "0", "must be from 1 to 3"),
        "a number above": (lambda x: within(x, "workers", 1, 3), "4", "must be from 1 to 3"),
        "a flag in words": (lambda x: flag(x, "debug"), "perhaps", "debug must be true or false"),
        "a flag in figures": (lambda x: flag(x, "debug"), "1", "debug must be true or false"),
        "no port": (matcher_address, "matcher", "host:port"),
        "port zero": (matcher_address, "m:0", "host:port"),
        "no host": (matcher_address, '":7443"', "host:port"),
    }.values(),
)
def test_a_value_that_cannot_be_used_is_refused_with_its_place(
    read: Callable[[Node], object], written: str, message: str
) -> None:
    with pytest.raises((InvalidConfiguration, InvalidFile), match=message) as caught:
        read(node(written))
    assert caught.value.where.startswith("a.yaml:1:")
    assert caught.value.fix


def test_a_role_has_one_agency_or_several() -> None:
    written = "{tax: revenue, welfare: [town, city]}"
    assert agencies_by_role(node(written)) == {"tax": ("revenue",), "welfare": ("city", "town")}
    assert agencies_by_role(None) == {}


@pytest.mark.parametrize(
    ("written", "what"), [("{tax: []}", "name nobody"), ("{tax: [a, a]}", "one of them twice")]
)
def test_a_role_names_somebody_and_nobody_twice(written: str, what: str) -> None:
    with pytest.raises(InvalidConfiguration, match=what):
        agencies_by_role(node(written))
