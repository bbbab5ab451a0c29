"""``fusuma match`` against matcher, agencies and enclave as processes of their own, over mTLS."""

from __future__ import annotations

import asyncio
import base64
import csv
import io
import json
import os
import re
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from clients.requester.cohort import load_cohort
from clients.requester.config import load_config
from clients.requester.draft import prepare
from clients.requester.progress import Progress, Stage
from clients.requester.run import match
from clients.requester.session import open_session
from enclave_sim.platform import ROOT_CERTIFICATE
from fusuma.command import run
from fusuma.exit_codes import ExitCode
from fusuma.federation import Federation, running
from fusuma.federation_files import FederationPlan, HeldTable
from matcher.core.binding import control_commitment
from matcher.core.cohort import cohort_commitment
from matcher.core.identifiers import AgencyId
from matcher.core.reference import reference_verdicts
from matcher.core.scheme import ColumnKind, Scheme
from matcher.core.verdict import Verdict
from matcher.language import load_programme
from matcher.wire.roster import decode_control_map
from matcher.wire.statement import decode_statement
from programmes import programme_path
from programmes.synthetic import SyntheticCity, synthetic_city

ROOT = Path(__file__).resolve().parents[2]
DAY = date(2026, 6, 1)
SUBJECTS = 400
SMALLEST_COHORT = 3
SUPPORT = programme_path("city/support")


FUSUMA = (sys.executable, "-m", "fusuma")


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    output: str
    errors: str


@dataclass(frozen=True)
class Town:
    """A running federation, its residents and its files."""

    federation: Federation
    residents: SyntheticCity
    cohort: Path

    def match(self, out: Path, *words: str, programme: Path = SUPPORT, **options: object) -> Ended:
        """Run ``fusuma match`` in this process, as its console script would."""
        arguments = self.arguments(out, *words, programme=programme, **options)
        with redirect_stdout(io.StringIO()) as output, redirect_stderr(io.StringIO()) as errors:
            code = run(arguments)
        return Ended(code, output.getvalue(), errors.getvalue())

    def arguments(
        self, out: Path, *words: str, programme: Path = SUPPORT, **options: object
    ) -> list[str]:
        settings: dict[str, object] = {
            "cohort": self.cohort,
            "out": out,
            "config": self.federation.configuration,
            "date": DAY,
            **options,
        }
        command = ["match", str(programme), *words]
        return [
            *command,
            *(str(w) for name, value in settings.items() for w in (f"--{name}", value)),
        ]

    def reference(self, programme: Path = SUPPORT) -> list[str]:
        codes = reference_verdicts(load_programme(programme), DAY, self.residents.table)
        return [Verdict(code).word for code in codes]

    def log(self, party: str) -> str:
        return self.federation.processes[party].log.read_text()

    def configured(self, directory: Path, **changes: object) -> Path:
        """A copy of the requester's configuration with some settings changed; JSON is YAML."""
        own = self.federation.directory
        settings: dict[str, object] = {
            "identity": str(self.federation.identity),
            "matcher": self.federation.matcher_address,
            "grants": str(own / "grants.yaml"),
            **changes,
        }
        path = directory / "changed.yaml"
        path.write_text(json.dumps(settings))
        return path


@pytest.fixture(scope="module", autouse=True)
def _importable() -> Iterator[None]:
    """Let child processes find the packages of a checkout that is not installed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", f"{ROOT}{os.pathsep}{ROOT / 'proto'}")
        yield


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    directory = tmp_path_factory.mktemp("t")
    residents = synthetic_city(SUBJECTS, seed=5, unknown_share=0.1)
    paths = residents.write(directory)
    catalogue = programme_path("city/catalogue")
    held = {"tax": "income_bracket", "welfare": "disability_grade"}
    grants = directory / "federation" / "grants.yaml"
    plan = FederationPlan(
        requester=AgencyId("city-benefits"),
        agencies={
            AgencyId(role): (
                HeldTable(paths[role], catalogue, "person", {f"{role}.{column}": column}),
            )
            for role, column in held.items()
        },
        grants=(programme_path("city/grants"),),
        matcher_workers=1,
        extra={
            "welfare": {
                "policy": {
                    "grants": str(grants),
                    "approve": "any granted",
                    "smallest_cohort": SMALLEST_COHORT,
                }
            }
        },
    )
    (directory / "federation").mkdir()
    with running(directory / "federation", plan) as federation:
        yield Town(federation, residents, paths["cohort"])


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


# --- Decisions ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("programme", "options"),
    {
        "decision columns": ("city/support", {"columns": "decision"}),
        "attribute columns": ("city/support", {"columns": "attribute"}),
        "either of two agencies": ("city/relief", {}),
        "an enclave": ("city/support", {"scheme": "enclave"}),
    }.values(),
)
def test_verdicts_are_those_of_the_plaintext(
    town: Town, tmp_path: Path, programme: str, options: Mapping[str, str]
) -> None:
    out, file = tmp_path / "verdicts.csv", programme_path(programme)
    ended = town.match(out, "--json", programme=file, **options)
    assert ended.code == ExitCode.OK, ended.errors
    rows, expected = rows_of(out), town.reference(file)
    assert [row["verdict"] for row in rows] == expected
    assert [row["subject"] for row in rows] == list(town.residents.subjects)
    assert set(expected) == {verdict.word for verdict in Verdict}
    summary = json.loads(ended.output)
    assert summary["subjects"] == SUBJECTS
    assert {word: summary[word] for word in set(expected)} == {
        word: expected.count(word) for word in set(expected)
    }


def test_without_a_terminal_progress_is_plain_lines(town: Town, tmp_path: Path) -> None:
    out = tmp_path / "verdicts.parquet"
    arguments = [*FUSUMA, *town.arguments(out)]
    ended = subprocess.run(arguments, capture_output=True, text=True, check=True, timeout=120)
    assert ended.stderr.splitlines()[:2] == ["making the run's key", "writing rosters"]
    assert "\x1b" not in ended.stderr + ended.stdout
    assert "undetermined" in ended.stdout
    assert not set(town.residents.subjects) & set(ended.stdout.split())
    assert out.exists()


def test_a_warm_session_decides_many_cohorts_and_tells_of_progress(
    town: Town,
) -> None:
    config = load_config(town.federation.configuration)
    programme = load_programme(SUPPORT)
    prepared = prepare(programme, Scheme.BGV, ColumnKind.DECISION, DAY)
    cohort = load_cohort(town.cohort, config.terms_of(programme))
    told: list[Progress] = []

    async def decide() -> list[np.ndarray]:
        async with open_session(config) as session:
            first = await match(session, prepared, cohort, watcher=told.append)
            others = await asyncio.gather(*(match(session, prepared, cohort) for _ in range(2)))
        assert len({first.run, *(other.run for other in others)}) == 3
        assert set(first.seconds) >= {Stage.KEYS, Stage.COLLECT, Stage.OPEN}
        assert sum(first.seconds.values()) <= first.total_seconds + 0.001
        assert first.received_bytes > 0 < first.sent_bytes
        return [first.verdicts, *(other.verdicts for other in others)]

    for verdicts in asyncio.run(decide()):
        assert [Verdict(code).word for code in verdicts] == town.reference()
    assert told[0].stage is Stage.KEYS
    assert told[-1] == Progress(Stage.OPEN, 2, 2)


def test_the_record_opens_the_cohort_commitment(town: Town, tmp_path: Path) -> None:
    config = town.configured(tmp_path, records="kept")
    ended = town.match(tmp_path / "out.csv", "--json", config=config)
    assert ended.code == ExitCode.OK, ended.errors
    (path,) = (tmp_path / "kept").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    record = json.loads(path.read_text())
    summary = json.loads(ended.output)
    assert record["run"] == summary["run"]
    assert record["counts"] == {verdict.word: summary[verdict.word] for verdict in Verdict}
    statement = decode_statement(base64.b64decode(record["statement"]))
    control_map = base64.b64decode(record["control_map"])
    opened = control_commitment(bytes.fromhex(record["control_salt"]), control_map)
    assert opened == statement.control_commitment
    # Whoever has the cohort file finds everybody's slot: all that are no control slots.
    (controls,) = decode_control_map(control_map, 2)
    slots = np.setdiff1d(np.arange(8192), controls.slots)
    terms = load_config(config).terms_of(load_programme(SUPPORT))
    people = load_cohort(town.cohort, terms).people
    opened = cohort_commitment(bytes.fromhex(record["cohort_salt"]), people, slots)
    assert opened == statement.cohort_commitment


def test_what_crosses_the_boundary_is_counted(town: Town, tmp_path: Path) -> None:
    config = town.configured(tmp_path, boundary_log="boundary.json")
    ended = town.match(tmp_path / "out.csv", config=config)
    assert ended.code == ExitCode.OK, ended.errors
    crossed = json.loads((tmp_path / "boundary.json").read_text())["crossed"]
    kinds = {(entry["direction"], entry["kind"]) for entry in crossed}
    assert {("out", "CreateRunRequest"), ("in", "FetchResultsResponse.outputs")} <= kinds
    assert {entry["peer"] for entry in crossed} == {"matcher"}


# --- Refusals: no verdict is ever written ---------------------------------------------------------


def refused(ended: Ended, code: ExitCode, expected: str) -> None:
    assert ended.code == code, ended.errors
    assert expected in ended.errors
    assert "Traceback" not in ended.errors


@pytest.fixture
def out(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "verdicts.csv"
    yield path
    assert not path.exists()


def test_a_cohort_with_duplicates_is_refused(town: Town, tmp_path: Path, out: Path) -> None:
    cohort = tmp_path / "twice.csv"
    cohort.write_text("subject\nr00001\nr00002\nr00001\n")
    ended = town.match(out, cohort=cohort)
    refused(ended, ExitCode.BAD_INPUT, "line 4, column 'subject'")
    assert "r00001" not in ended.errors


def test_an_expired_programme_is_refused(town: Town, out: Path) -> None:
    refused(town.match(out, date="2031-01-01"), ExitCode.REFUSED, "not valid on 2031-01-01")


def test_a_day_that_is_none_is_refused(town: Town, out: Path) -> None:
    refused(town.match(out, date="2026-02-30"), ExitCode.BAD_INPUT, "this is not a date")


def test_another_agencys_identity_is_refused(town: Town, tmp_path: Path, out: Path) -> None:
    identity = town.federation.identity.parent / "tax"
    config = town.configured(tmp_path, identity=str(identity))
    refused(town.match(out, config=config), ExitCode.REFUSED, "decided by city-benefits")


def test_a_missing_grant_is_refused_before_anybody_is_asked(
    town: Town, tmp_path: Path, out: Path
) -> None:
    grants = programme_path("nmes1988/grants")
    config = town.configured(tmp_path, grants=str(grants))
    refused(town.match(out, config=config), ExitCode.REFUSED, "no grant lets city-benefits ask")


def test_a_missing_grant_is_refused_by_the_matcher_too(
    town: Town, tmp_path: Path, out: Path
) -> None:
    config = json.loads(town.configured(tmp_path).read_text())
    del config["grants"]
    path = tmp_path / "no-grants.yaml"
    path.write_text(json.dumps(config))
    programme = tmp_path / "other-affair.yaml"
    text = SUPPORT.read_text().replace("障害者福祉に関する事務", "another affair")
    programme.write_text(text)
    (tmp_path / "catalogue.yaml").write_text(programme_path("city/catalogue").read_text())
    ended = town.match(out, config=path, programme=programme)
    refused(ended, ExitCode.REFUSED, "not for this purpose or date")


def test_an_enclave_nobody_trusts_is_refused(town: Town, tmp_path: Path, out: Path) -> None:
    config = town.configured(tmp_path)
    ended = town.match(out, config=config, scheme="enclave")
    refused(ended, ExitCode.BAD_INPUT, "no enclave is trusted")


def test_an_enclave_with_another_measurement_is_refused(
    town: Town, tmp_path: Path, out: Path
) -> None:
    root = town.federation.directory / "platform" / ROOT_CERTIFICATE
    policy = {"platform_root": str(root), "measurements": ["ab" * 48]}
    config = town.configured(tmp_path, enclave=policy)
    refused(town.match(out, config=config, scheme="enclave"), ExitCode.REFUSED, "enclave")


def test_an_agency_that_declines_ends_the_run(town: Town, tmp_path: Path, out: Path) -> None:
    cohort = tmp_path / "two.csv"
    cohort.write_text("subject\nr00001\nr00002\n")
    ended = town.match(out, cohort=cohort)
    refused(ended, ExitCode.NO, "declined: POLICY_REFUSED, ")
    assert re.search(r"runs/[0-9a-f]{32}: (tax|welfare) declined", ended.errors)
    assert "waiting for the evaluation" not in ended.errors


def test_a_matcher_that_does_not_answer_is_named(town: Town, tmp_path: Path, out: Path) -> None:
    config = town.configured(tmp_path, matcher="127.0.0.1:9")
    refused(town.match(out, config=config), ExitCode.RUN_PROBLEM, "127.0.0.1:9")


def test_a_matcher_of_another_name_is_not_believed(town: Town, tmp_path: Path, out: Path) -> None:
    config = town.configured(tmp_path, matcher_agency="tax")
    ended = town.match(out, config=config)
    refused(ended, ExitCode.UNAUTHENTIC, "another agency's name")


# --- Runs that do not come to their end -----------------------------------------------------------


@pytest.fixture
def stuck(town: Town) -> Iterator[None]:
    """The welfare agency does nothing for a while."""
    pid = town.federation.processes["welfare"].pid
    os.kill(pid, signal.SIGSTOP)
    yield
    os.kill(pid, signal.SIGCONT)


def cancelled_runs(town: Town) -> int:
    return town.log("matcher").count("state=cancelled")


@pytest.mark.usefixtures("stuck")
def test_a_run_that_takes_too_long_is_cancelled_at_the_matcher(town: Town, out: Path) -> None:
    before = cancelled_runs(town)
    ended = town.match(out, timeout=2)
    refused(ended, ExitCode.RUN_PROBLEM, "did not end within 2 seconds: no answer from welfare")
    assert "waiting for the agencies: welfare" in ended.errors
    assert cancelled_runs(town) == before + 1


@pytest.mark.usefixtures("stuck")
@pytest.mark.parametrize(
    ("number", "status", "word"),
    [
        (signal.SIGINT, ExitCode.INTERRUPTED, "interrupted"),
        (signal.SIGTERM, ExitCode.TERMINATED, "terminated"),
    ],
    ids=["ctrl-c", "terminate"],
)
def test_an_interrupt_cancels_the_run_at_the_matcher(
    town: Town, out: Path, number: signal.Signals, status: ExitCode, word: str
) -> None:
    before = cancelled_runs(town)
    with subprocess.Popen(
        [*FUSUMA, *town.arguments(out)], stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("waiting for the agencies"):
                break
        process.send_signal(number)
        rest = process.stderr.read()
    assert process.returncode == status, rest
    assert word in rest
    assert "Traceback" not in rest
    deadline = time.monotonic() + 5
    while cancelled_runs(town) == before and time.monotonic() < deadline:
        time.sleep(0.02)
    assert cancelled_runs(town) == before + 1


def test_the_federation_still_decides(town: Town, tmp_path: Path) -> None:
    path = tmp_path / "verdicts.csv"
    assert town.match(path).code == ExitCode.OK
    assert town.match(path).code == ExitCode.BAD_INPUT
    assert town.match(path, "--force").code == ExitCode.OK
    assert [row["verdict"] for row in rows_of(path)] == town.reference()
