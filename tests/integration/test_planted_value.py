"""A value planted at one agency is looked for everywhere it must not be, byte by byte.

Real processes decide a cohort under every scheme, and fail in several ways, while all parties keep
every message. Then databases, files, logs, messages and whatever a command has said are searched
for the value in any encoding, for the people's identifiers and for their link codes; so is what lay
at the matcher in the middle of a run. The same search finds each of them where it belongs.
"""

from __future__ import annotations

import os
import shutil
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from google.protobuf.wrappers_pb2 import Int32Value, UInt64Value

from fusuma.federation import Federation, running
from fusuma.federation_files import FederationPlan, HeldTable
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
    basis: {{law: a law}}
    valid: {{from: 2020-01-01}}"""
    for provider, item in (("tax", "tax.amount"), ("welfare", "welfare.grade"))
)


@dataclass(frozen=True)
class Scene:
    """Where everything was left after the runs."""

    directory: Path
    federation: Path

    @property
    def told(self) -> list[Path]:
        """What every command has said, on both streams."""
        return _files(self.directory / "told")

    @property
    def midway(self) -> Path:
        """The matcher's data in the middle of a run."""
        return self.directory / "midway"

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
        "hexadecimal": f"{PLANTED:x}".encode(),
        "floating little-endian": struct.pack("<d", PLANTED),
        "floating big-endian": struct.pack(">d", PLANTED),
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
            | (
                {
                    "policy": {"grants": str(directory / "grants.yaml"), "approve": "any granted"}
                    | {"smallest_cohort": 3}
                }
                if party == "tax"
                else {}
            )
            for party in ("matcher", "tax", "welfare", "city")
        },
    )
    with pytest.MonkeyPatch.context() as patch:
        # Child processes find the packages of a checkout that is not installed.
        patch.setenv("PYTHONPATH", f"{ROOT}:{ROOT / 'proto'}")
        with running(directory / "federation", plan) as federation:
            desk = Desk(directory, federation)
            for name, options in RUNS.items():
                desk.match(name, 0, *options)
            _fail(desk, people)
    return Scene(directory, directory / "federation")


@dataclass(frozen=True)
class Desk:
    """Where commands are run, and what they say is kept."""

    directory: Path
    federation: Federation

    def start(self, name: str, *words: str) -> subprocess.Popen[bytes]:
        (self.directory / "told").mkdir(exist_ok=True)
        with (self.directory / "told" / name).open("wb") as told:
            return subprocess.Popen(
                [sys.executable, "-m", "fusuma", *words], stdout=told, stderr=subprocess.STDOUT
            )

    def ended(self, name: str, process: subprocess.Popen[bytes], code: int) -> None:
        told = self.directory / "told" / name
        assert process.wait(120) == code, told.read_text()

    def match_words(self, name: str, *options: str, cohort: str = "cohort.csv") -> list[str]:
        return [
            *("match", str(self.directory / "benefit.yaml")),
            *("--cohort", str(self.directory / cohort)),
            *("--out", str(self.directory / f"verdicts-{name}.csv")),
            *("--config", str(self.federation.configuration), *options),
        ]

    def match(self, name: str, code: int, *options: str, cohort: str = "cohort.csv") -> None:
        words = self.match_words(name, *options, cohort=cohort)
        self.ended(name, self.start(name, *words), code)


def _fail(desk: Desk, people: list[str]) -> None:
    """Fail in as many ways as there are places that say why."""
    directory = desk.directory
    # Found by the requester itself.
    (directory / "twice.csv").write_text(f"subject\n{people[0]}\n{people[0]}\n")
    desk.match("twice", 2, cohort="twice.csv")
    # Found by an agency in its own table.
    bad = directory / "bad.csv"
    bad.write_text(f"resident,value\n{people[0]},{PLANTED}\n{people[1]},{PLANTED}9\n")
    config = (desk.federation.directory / "tax" / "config.yaml").read_text()
    spoilt = directory / "spoilt.yaml"
    spoilt.write_text(config.replace(str(directory / "tax.csv"), str(bad)))
    desk.ended("bad row", desk.start("bad row", "agency", "serve", "--config", str(spoilt)), 2)
    # Declined by an agency once it has opened its roster.
    (directory / "few.csv").write_text(f"subject\n{people[0]}\n{people[100]}\n")
    desk.match("few", 1, cohort="few.csv")
    # Given up in the middle, when one agency has answered and the other has not.
    _stop_midway(desk)


def _stop_midway(desk: Desk) -> None:
    log = desk.federation.processes["matcher"].log
    answered = "event=manifest_accepted"
    before = log.read_text().count(answered)
    welfare = desk.federation.processes["welfare"].pid
    os.kill(welfare, signal.SIGSTOP)
    try:
        process = desk.start("stuck", *desk.match_words("stuck"))
        deadline = time.monotonic() + 60
        while log.read_text().count(answered) == before and time.monotonic() < deadline:
            assert process.poll() is None, (desk.directory / "told" / "stuck").read_text()
            time.sleep(0.02)
        # Now keys, rosters and the columns of one agency lie there.
        data = desk.federation.directory / "matcher" / "data"
        shutil.copytree(data, desk.directory / "midway")
        process.send_signal(signal.SIGINT)
        desk.ended("stuck", process, 130)
    finally:
        os.kill(welfare, signal.SIGCONT)


def test_every_scheme_decided_everybody(scene: Scene) -> None:
    for name in RUNS:
        lines = (scene.directory / f"verdicts-{name}.csv").read_text().splitlines()
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
    # Every kind of failure has left its line somewhere.
    written = "".join(path.read_text() for path in logs)
    assert {"reason=POLICY_REFUSED", "state=cancelled"} <= set(written.split())
    assert not _found({**_value_needles(), **_person_needles()}, logs)


def test_nothing_that_a_command_said_shows_value_or_person(scene: Scene) -> None:
    assert {path.name for path in scene.told} == {*RUNS, "twice", "bad row", "few", "stuck"}
    assert not _found({**_value_needles(), **_person_needles()}, scene.told)


def test_what_lies_at_the_matcher_in_the_middle_of_a_run_shows_neither(scene: Scene) -> None:
    files = _files(scene.midway)
    # A key, two rosters, and two columns of one agency.
    assert len([path for path in files if path.stat().st_size > 100_000]) >= 5
    assert not _found({**_value_needles(), **_person_needles()}, files)


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
        "floating": column.astype("<f8").tobytes(),
        "floating big": column.astype(">f8").tobytes(),
        "hexadecimal": hex(PLANTED).encode(),
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
