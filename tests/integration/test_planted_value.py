"""A value planted at one agency is looked for everywhere it must not be, byte by byte.

Real processes decide a cohort under every scheme while all parties keep every message. Then
databases, files, logs and messages are searched for the value in any encoding, for the people's
identifiers and for their link codes. The same search finds each of them where it belongs.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from google.protobuf.wrappers_pb2 import Int32Value, UInt64Value

from fusuma.federation import FederationPlan, HeldTable, running
from matcher.core.binding import link_code
from matcher.core.identifiers import AgencyId, AttributeName
from matcher.core.values import pack_values
from matcher.language.programme_file import load_programme

ROOT = Path(__file__).resolve().parents[2]
PLANTED = 1_618_033_988
SUBJECTS = 6_000
# Enough people to look for; looking for all of them takes long and adds nothing.
SOUGHT = range(0, SUBJECTS, 100)
RUNS = {
    "decision": ("--scheme", "bgv"),
    "attribute": ("--scheme", "bgv", "--columns", "attribute"),
    "enclave": ("--scheme", "enclave"),
}
CATALOGUE = """
catalogue: planted
attributes:
  tax.amount:
    type: integer
    domain: [0, 2000000000]
    bands: [1000000000, 2000000000]
    absent: unknown
  welfare.grade: {type: integer, domain: [0, 6], absent: unknown}
"""
PROGRAMME = """
programme: planted/benefit
version: "1"
title: {en: A benefit whose title is public}
catalogue: planted
requester: city
affair: an affair
unit: person
valid: {from: 2020-01-01}
eligible: tax.amount <= 1000000000 || welfare.grade == 2
"""
GRANTS = "grants:" + "".join(
    f"""
  - requester: city
    affair: an affair
    provider: {provider}
    items: [{item}]
    basis: a law
    valid: {{from: 2020-01-01}}"""
    for provider, item in (("tax", "tax.amount"), ("welfare", "welfare.grade"))
)


@dataclass(frozen=True)
class Scene:
    """Where everything was left after the runs."""

    directory: Path
    federation: Path

    def captured(self, party: str) -> list[Path]:
        return _files(self.directory / "captured" / party)


def _identifier(person: int) -> str:
    return f"planted-resident-{person:05d}"


def _value_needles() -> dict[str, bytes]:
    """Return the planted value in every encoding somebody might use."""
    # Four bytes alone turn up in megabytes of ciphertext by chance; two neighbours do not.
    return {
        "text": str(PLANTED).encode(),
        "64 bits little-endian": PLANTED.to_bytes(8, "little"),
        "64 bits big-endian": PLANTED.to_bytes(8, "big"),
        "32 bits little-endian": PLANTED.to_bytes(4, "little") * 2,
        "32 bits big-endian": PLANTED.to_bytes(4, "big") * 2,
        # What a protobuf field of any integer type carries, without its tag.
        "varint": UInt64Value(value=PLANTED).SerializeToString()[1:],
    }


def _person_needles() -> dict[str, bytes]:
    needles = {}
    for person in SOUGHT:
        needles[f"identifier {person}"] = _identifier(person).encode()
        needles[f"link code {person}"] = link_code(_identifier(person))
    return needles


def _files(*places: Path) -> list[Path]:
    return [path for place in places for path in sorted(place.rglob("*")) if path.is_file()]


def _found(needles: Mapping[str, bytes], files: Iterable[Path]) -> set[str]:
    found = set()
    for path in files:
        data = path.read_bytes()
        found.update(name for name, needle in needles.items() if needle in data)
    return found


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    directory = tmp_path_factory.mktemp("v")
    for name, content in (
        ("catalogue.yaml", CATALOGUE),
        ("benefit.yaml", PROGRAMME),
        ("grants.yaml", GRANTS),
    ):
        (directory / name).write_text(content)
    people = [_identifier(person) for person in range(SUBJECTS)]
    held = {"tax": ("tax.amount", str(PLANTED)), "welfare": ("welfare.grade", "3")}
    agencies = {}
    for agency, (attribute, value) in held.items():
        file = directory / f"{agency}.csv"
        file.write_text("".join(["resident,value\n", *(f"{p},{value}\n" for p in people)]))
        table = HeldTable(file, directory / "catalogue.yaml", "resident", {attribute: "value"})
        agencies[AgencyId(agency)] = [table]
    cohort = directory / "cohort.csv"
    cohort.write_text("".join(["subject\n", *(f"{p}\n" for p in people)]))
    plan = FederationPlan(
        requester=AgencyId("city"),
        agencies=agencies,
        grants=[directory / "grants.yaml"],
        matcher_workers=1,
        extra={
            party: {"boundary_capture": str(directory / "captured" / party)}
            for party in ("matcher", "tax", "welfare", "city")
        },
    )
    with pytest.MonkeyPatch.context() as patch:
        # Child processes find the packages of a checkout that is not installed.
        patch.setenv("PYTHONPATH", f"{ROOT}:{ROOT / 'proto'}")
        with running(directory / "federation", plan) as federation:
            for name, options in RUNS.items():
                words = [
                    *("match", str(directory / "benefit.yaml"), "--cohort", str(cohort)),
                    *("--out", str(directory / f"{name}.csv"), *options),
                    *("--config", str(federation.configuration)),
                ]
                done = subprocess.run(
                    [sys.executable, "-m", "fusuma", *words],
                    capture_output=True,
                    text=True,
                    check=False,
                    timeout=120,
                )
                assert done.returncode == 0, done.stderr
    return Scene(directory, directory / "federation")


def test_every_scheme_decided_everybody(scene: Scene) -> None:
    for name in RUNS:
        lines = (scene.directory / f"{name}.csv").read_text().splitlines()
        assert len(lines) == SUBJECTS + 1
        assert lines[1].replace('"', "") == f"{_identifier(0)},ineligible"


def test_the_matcher_keeps_neither_value_nor_person(scene: Scene) -> None:
    files = _files(scene.federation / "matcher")
    assert [path for path in files if path.suffix == ".sqlite"]
    assert not _found({**_value_needles(), **_person_needles()}, files)


def test_no_message_to_or_from_the_matcher_shows_value_or_person(scene: Scene) -> None:
    files = scene.captured("matcher")
    assert not _found({**_value_needles(), **_person_needles()}, files)


@pytest.mark.parametrize("party", ["tax", "welfare", "city"])
def test_no_message_of_another_party_shows_value_or_person(scene: Scene, party: str) -> None:
    assert not _found({**_value_needles(), **_person_needles()}, scene.captured(party))


def test_no_log_shows_value_or_person(scene: Scene) -> None:
    logs = [path for path in _files(scene.federation) if path.name == "log.txt"]
    assert len(logs) == 4
    assert not _found({**_value_needles(), **_person_needles()}, logs)


def test_the_search_finds_what_is_there(scene: Scene, tmp_path: Path) -> None:
    attribute = load_programme(scene.directory / "benefit.yaml").catalogue.attributes[
        AttributeName("tax.amount")
    ]
    column = np.full(64, PLANTED, dtype=np.int32)
    laid_out = {
        "column": pack_values(attribute, column),
        "wide": column.astype("<i8").tobytes(),
        "wide big": column.astype(">i8").tobytes(),
        "big": column.astype(">i4").tobytes(),
        "message": Int32Value(value=PLANTED).SerializeToString(),
        "roster": b"".join(link_code(_identifier(person)) for person in SOUGHT),
    }
    for name, data in laid_out.items():
        (tmp_path / name).write_bytes(b"in the midst " + data + b" of other bytes")
    found = _found(
        {**_value_needles(), **_person_needles()},
        [*_files(tmp_path), scene.directory / "tax.csv"],
    )
    assert found == {*_value_needles(), *_person_needles()}


def test_the_captures_hold_what_crossed(scene: Scene) -> None:
    public = {"title": b"A benefit whose title is public", "programme": b"planted/benefit"}
    for party in ("matcher", "tax", "welfare"):
        assert _found(public, scene.captured(party)) == {*public}, party
    uploads = [path for path in scene.captured("matcher") if path.stat().st_size > 100_000]
    # Decision columns alone: two bounds from each of two agencies.
    assert len(uploads) >= 4
