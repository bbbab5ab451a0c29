"""From a published programme to an answered run, between processes of their own, over mTLS.

The agent of the welfare office serves throughout and is never restarted.
"""

from __future__ import annotations

import io
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from fusuma.command import run
from fusuma.exit_codes import ExitCode
from fusuma.federation import Federation, running
from fusuma.federation_files import FederationPlan, HeldTable
from matcher.core.identifiers import AgencyId
from matcher.language import bundle_digest, dump_bundle, load_programme
from programmes import programme_path
from programmes.synthetic import SyntheticCity, synthetic_city

ROOT = Path(__file__).resolve().parents[2]
DAY = date(2026, 6, 1)
SUBJECTS = 60


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    output: str
    errors: str


class Terminal(io.StringIO):
    """Somebody at a terminal who types what is prepared."""

    def isatty(self) -> bool:
        return True


def fusuma(*words: object) -> Ended:
    """Run the command in this process, as its console script would."""
    with redirect_stdout(io.StringIO()) as output, redirect_stderr(io.StringIO()) as errors:
        code = run([str(word) for word in words])
    return Ended(code, output.getvalue(), errors.getvalue())


@dataclass(frozen=True)
class Town:
    """A running federation and the city's programme."""

    federation: Federation
    residents: SyntheticCity
    cohort: Path
    law: Path

    @property
    def programme(self) -> Path:
        return self.law / "support.yaml"

    @property
    def agency(self) -> Path:
        return self.federation.directory / "welfare" / "config.yaml"

    @property
    def approvals(self) -> Path:
        return self.federation.directory / "welfare" / "approvals.jsonl"

    def digest(self, file: Path | None = None) -> str:
        return bundle_digest(dump_bundle(load_programme(file or self.programme))).hex()

    def publish(self, file: Path | None = None, *words: str) -> Ended:
        config = self.federation.configuration
        return fusuma(
            "programme",
            "publish",
            file or self.programme,
            "--config",
            config,
            "--date",
            DAY,
            *words,
        )

    def approve(self, reference: str, *words: str) -> Ended:
        return fusuma("agency", "approve", reference, "--config", self.agency, *words)

    def match(self, out: Path, file: Path | None = None) -> Ended:
        options = {"cohort": self.cohort, "out": out, "config": self.federation.configuration}
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        return fusuma("match", file or self.programme, *words, "--date", DAY)

    def edited(self, name: str, *changes: tuple[str, str]) -> Path:
        """A copy of the programme under another name, with some words replaced."""
        text = self.programme.read_text()
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        path = self.law / name
        path.write_text(text)
        return path

    def version(self, name: str, *changes: tuple[str, str]) -> Path:
        """Another version of the programme."""
        return self.edited(f"{name}.yaml", ('"2026.1"', f'"{name}"'), *changes)


# One bracket more, and the tests that go with it.
WIDER = (
    ("2026-04-01: 3", "2026-04-01: 4"),
    ("tax.income_bracket: 4,", "tax.income_bracket: 5,"),
)


@pytest.fixture(scope="module", autouse=True)
def _importable() -> Iterator[None]:
    """Let child processes find the packages of a checkout that is not installed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", f"{ROOT}{os.pathsep}{ROOT / 'proto'}")
        yield


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    directory = tmp_path_factory.mktemp("a")
    law = directory / "law"
    law.mkdir()
    for name in ("catalogue.yaml", "grants.yaml", "support.yaml"):
        shutil.copy(programme_path("city/support").parent / name, law / name)
    # Valid without end: it has to be published on the day of the test.
    text = (law / "support.yaml").read_text().replace(", to: 2027-03-31", "")
    (law / "support.yaml").write_text(text)
    residents = synthetic_city(SUBJECTS, seed=5, unknown_share=0.1)
    paths = residents.write(directory)
    held = {"tax": "income_bracket", "welfare": "disability_grade"}
    plan = FederationPlan(
        requester=AgencyId("city-benefits"),
        agencies={
            AgencyId(role): (
                HeldTable(
                    paths[role], law / "catalogue.yaml", "person", {f"{role}.{column}": column}
                ),
            )
            for role, column in held.items()
        },
        grants=(law / "grants.yaml",),
        matcher_workers=1,
        extra={
            "matcher": {"programmes": "published only"},
            "welfare": {
                "policy": {
                    "grants": str(law / "grants.yaml"),
                    "approve": {"file": "approvals.jsonl"},
                }
            },
        },
    )
    (directory / "federation").mkdir()
    with running(directory / "federation", plan) as federation:
        yield Town(federation, residents, paths["cohort"], law)


def test_a_programme_is_published_approved_and_answered(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = load_programme(town.programme).id

    # Nothing runs that is not published.
    early = town.match(tmp_path / "early.csv")
    assert early.code == ExitCode.REFUSED
    assert "no such programme is published" in early.errors
    assert "fusuma programme publish" in early.errors

    published = town.publish()
    assert published.code == ExitCode.OK, published.errors
    assert town.digest() in published.output
    assert f"fusuma agency approve {name}@2026.1" in published.output
    again = json.loads(town.publish(None, "--json").output)
    assert again["digest"] == town.digest()
    assert again["providers"] == {"tax": ["tax"], "welfare": ["welfare"]}

    # What is published stays as it is.
    refused = town.publish(town.edited("wider.yaml", *WIDER))
    assert refused.code == ExitCode.REFUSED
    assert f"version 2026.1 of {name} is published already" in refused.errors
    assert "new version" in refused.errors

    # The welfare office has not approved it: no verdict.
    unapproved = town.match(tmp_path / "unapproved.csv")
    assert unapproved.code == ExitCode.NO
    assert "PROGRAMME_NOT_APPROVED" in unapproved.errors
    log = (town.federation.directory / "welfare" / "log.txt").read_text()
    assert f"fusuma agency approve {town.digest()}" in log

    # It looks at it and approves it, by typing the beginning of the digest.
    monkeypatch.setattr("sys.stdin", Terminal(f"{town.digest()[:8]}\n"))
    approved = town.approve(name)
    assert approved.code == ExitCode.OK, approved.errors
    assert "Disability certificate grade" in approved.output
    assert (
        "city-benefits asks this agency, as welfare, for welfare.disability_grade"
        in approved.output
    )
    assert "No version of this programme has been approved here before" in approved.output
    assert "approved; an agent that is running answers from now on" in approved.output
    assert town.digest() in town.approvals.read_text()

    # The same agent answers.
    matched = town.match(tmp_path / "verdicts.csv")
    assert matched.code == ExitCode.OK, matched.errors
    assert (tmp_path / "verdicts.csv").read_text().count("\n") == SUBJECTS + 1


def test_a_new_version_is_shown_with_what_has_changed(town: Town, tmp_path: Path) -> None:
    name = load_programme(town.programme).id
    new = town.version("2026.2", *WIDER)
    assert town.publish(new).code == ExitCode.OK
    unapproved = town.match(tmp_path / "unapproved.csv", new)
    assert "PROGRAMME_NOT_APPROVED" in unapproved.errors
    approved = town.approve(f"{name}@2026.2", "--digest", town.digest(new))
    assert approved.code == ExitCode.OK, approved.errors
    assert "Since version 2026.1, which was approved here before" in approved.output
    assert "parameters.top_bracket.2026-04-01: 3 -> 4" in approved.output
    assert "ineligible -> eligible" in approved.output
    matched = town.match(tmp_path / "verdicts.csv", new)
    assert matched.code == ExitCode.OK, matched.errors
    once_more = town.approve(f"{name}@2026.2", "--digest", town.digest(new))
    assert "approved already" in once_more.output
    assert town.approvals.read_text().count(town.digest(new)) == 1


def test_another_digest_than_the_one_named_is_not_approved(town: Town) -> None:
    town.publish()
    name, before = load_programme(town.programme).id, town.approvals.read_bytes()
    refused = town.approve(f"{name}@2026.1", "--digest", "ab" * 32)
    assert refused.code == ExitCode.UNAUTHENTIC
    assert f"it is {town.digest()}" in refused.errors
    assert town.approvals.read_bytes() == before


@pytest.mark.parametrize("typed", ["", "deadbeef", "DEADBEEF00"])
def test_who_types_something_else_approves_nothing(
    town: Town, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    file = town.version(f"typed-{len(typed)}")
    assert town.publish(file).code == ExitCode.OK
    monkeypatch.setattr("sys.stdin", Terminal(f"{typed}\n" if typed else "\nno\n"))
    ended = town.approve(town.digest(file))
    assert ended.code == ExitCode.NO
    assert "nothing is approved" in ended.errors
    assert town.digest(file) not in town.approvals.read_text()


def test_without_anybody_to_ask_the_digest_has_to_be_named(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = town.version("unasked")
    assert town.publish(file).code == ExitCode.OK
    monkeypatch.setattr("sys.stdin", io.StringIO())
    for words in ((), ("--json",)):
        ended = town.approve(town.digest(file), *words)
        assert ended.code == ExitCode.BAD_INPUT
        assert "--digest" in ended.errors
    machine = town.approve(town.digest(file), "--json", "--digest", town.digest(file))
    tree = json.loads(machine.output)
    assert tree["digest"] == town.digest(file)
    assert tree["roles"] == ["welfare"]
    assert tree["assessment"]["covered"] is True


def test_what_is_published_is_listed_with_what_is_approved(town: Town) -> None:
    town.publish()
    new = town.version("listed")
    assert town.publish(new).code == ExitCode.OK
    tree = json.loads(fusuma("agency", "programmes", "--config", town.agency, "--json").output)
    by_digest = {row["digest"]: row for row in tree["programmes"]}
    assert by_digest[town.digest(new)]["approved"] is False
    assert by_digest[town.digest(new)]["version"] == "listed"
    shown = fusuma("agency", "programmes", "--config", town.agency)
    assert "listed" in shown.output
    nobody = fusuma("agency", "programmes", "--config", town.agency, "--requester", "nobody")
    assert "nothing is published" in nobody.output


@pytest.mark.parametrize(
    ("reference", "words", "code", "text"),
    [
        pytest.param("city/nothing", (), ExitCode.REFUSED, "is not published", id="no such"),
        pytest.param("ab" * 32, (), ExitCode.REFUSED, "is not published", id="no such digest"),
        pytest.param(
            "city/disability-support@2026.1",
            ("--role", "police"),
            ExitCode.BAD_INPUT,
            "asks nothing of welfare as 'police'",
            id="another role",
        ),
    ],
)
def test_what_cannot_be_approved_is_said(
    town: Town, reference: str, words: tuple[str, ...], code: ExitCode, text: str
) -> None:
    town.publish()
    ended = town.approve(reference, *words)
    assert ended.code == code
    assert text in ended.errors


def test_an_agency_without_a_file_is_told_to_have_one(town: Town) -> None:
    config = town.federation.directory / "tax" / "config.yaml"
    ended = fusuma("agency", "approve", "city/disability-support", "--config", config)
    assert ended.code == ExitCode.BAD_INPUT
    assert "approves any granted programme" in ended.errors
    assert "approve: {file: approvals.jsonl}" in ended.errors


def test_a_programme_that_is_not_finished_is_not_published(town: Town) -> None:
    wrong = town.version("wrong", ("expect: eligible", "expect: ineligible"))
    ended = town.publish(wrong)
    assert ended.code == ExitCode.BAD_INPUT
    assert "not ready to be published" in ended.errors
    assert "tests that differ" in ended.errors


def test_only_its_requester_publishes_a_programme(town: Town) -> None:
    config = town.federation.directory / "welfare" / "config.yaml"
    ended = fusuma("programme", "publish", town.programme, "--config", config, "--date", DAY)
    assert ended.code == ExitCode.REFUSED
    assert "the programme's requester is city-benefits, and this is welfare" in ended.errors
