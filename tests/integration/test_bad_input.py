"""Whatever a user or an attacker hands to the commands, before a running federation.

Each case says what a person reads: the message, its place, what to do, and the exit status. No
verdict file is ever written, no value is ever repeated, and what can be seen before anybody is
asked leaves no trace at the matcher.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import os
import shutil
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import closing, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID
from eligibility.v1 import matcher_pb2

import clients.requester.run as carrying_out
from clients.requester.session import Session
from fusuma.command import run
from fusuma.exit_codes import ExitCode
from fusuma.federation import Federation, running
from fusuma.federation_files import IDENTITIES, FederationPlan, HeldTable
from fusuma.pki import create_authority, issue_identity, load_authority
from matcher.core.identifiers import AgencyId

ROOT = Path(__file__).resolve().parents[2]
Pieces = list[matcher_pb2.FetchResultsResponse]

# Stands in bad places of data files only: finding it in a message means a value was repeated.
PLANTED = "7654321"
CATALOGUE = """
catalogue: desk
attributes:
  tax.income: {type: integer, domain: [0, 1000], bands: [500, 1000], absent: unknown}
  tax.resident: {type: boolean, absent: unknown}
  welfare.adl: {type: enumeration, values: [normal, limited], absent: unknown}
"""
# The predicate stands in line 11 from column 11.
PROGRAMME = """\
programme: desk/benefit
version: "1"
title: {en: A benefit}
catalogue: desk
requester: city
affair: an affair
unit: person
valid: {from: 2026-04-01, to: 2027-03-31}
parameters:
  top: {2026-04-01: 500}
eligible: PREDICATE
"""
GOOD = 'tax.income <= params.top && welfare.adl == "limited"'
GRANTS = "grants:" + "".join(
    f"""
  - {{requester: city, affair: an affair, provider: {provider}, items: [{items}],
     basis: {{law: a law}}, valid: {{from: 2026-04-01}}}}"""
    for provider, items in (("tax", "tax.income, tax.resident"), ("welfare", "welfare.adl"))
)
COHORT = "subject\n" + "".join(f"r{person}\n" for person in range(1, 41))
HELD = {
    "tax": ("person,income,resident\n", "r{0},{1},yes\n", ("income", "resident")),
    "welfare": ("person,adl\n", "r{0},limited\n", ("adl",)),
}


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    errors: str


def command(*words: object) -> Ended:
    """Run ``fusuma`` in this process, as its console script would."""
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()) as errors:
        code = run([str(word) for word in words])
    return Ended(code, errors.getvalue())


@dataclass(frozen=True)
class Desk:
    """A running federation, and a directory for one test's files."""

    federation: Federation
    place: Path

    def file(self, name: str, content: str | bytes) -> Path:
        path = self.place / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def programme(self, text: str = PROGRAMME, predicate: str = GOOD) -> Path:
        self.file("catalogue.yaml", CATALOGUE)
        self.file("grants.yaml", GRANTS)
        return self.file("benefit.yaml", text.replace("PREDICATE", predicate))

    def configured(self, **changes: object) -> Path:
        """The requester's configuration with some settings changed; JSON is YAML."""
        settings: dict[str, object] = {
            "identity": str(self.federation.identity),
            "matcher": self.federation.matcher_address,
            "grants": str(self.federation.directory / "grants.yaml"),
            **changes,
        }
        given = {key: value for key, value in settings.items() if value is not None}
        return self.file("requester.yaml", json.dumps(given))

    def identity(self, agency: str, name: str = "copied") -> Path:
        """A copy of an agency's identity directory, to be spoilt."""
        source = self.federation.directory / IDENTITIES / agency
        return Path(shutil.copytree(source, self.place / name))

    def match(self, *words: object, **options: object) -> Ended:
        """Run ``fusuma match``; good in everything that is not given."""
        settings = {
            "cohort": options.get("cohort") or self.file("cohort.csv", COHORT),
            "config": options.get("config") or self.configured(),
            "out": self.place / "verdicts.csv",
            "date": options.get("date", "2026-06-01"),
        }
        flags = [word for name, value in settings.items() for word in (f"--{name}", value)]
        return command("match", options.get("programme") or self.programme(), *flags, *words)

    def runs(self) -> list[str]:
        """The states of all runs the matcher knows, oldest first."""
        database = self.federation.directory / "matcher" / "data" / "matcher.sqlite"
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            return [row[0] for row in connection.execute("SELECT state FROM runs ORDER BY rowid")]


@pytest.fixture(scope="module")
def federation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Federation]:
    directory = tmp_path_factory.mktemp("b")
    (directory / "catalogue.yaml").write_text(CATALOGUE)
    (directory / "legal.yaml").write_text(GRANTS)
    agencies = {}
    for agency, (header, line, columns) in HELD.items():
        path = directory / f"{agency}.csv"
        path.write_text(header + "".join(line.format(n, 20 * n) for n in range(1, 41)))
        mapping = {f"{agency}.{column}": column for column in columns}
        table = HeldTable(path, directory / "catalogue.yaml", "person", mapping)
        agencies[AgencyId(agency)] = [table]
    plan = FederationPlan(AgencyId("city"), agencies, [directory / "legal.yaml"], matcher_workers=1)
    with pytest.MonkeyPatch.context() as patch:
        # Child processes find the packages of a checkout that is not installed.
        patch.setenv("PYTHONPATH", f"{ROOT}{os.pathsep}{ROOT / 'proto'}")
        with running(directory / "f", plan) as started:
            yield started


@pytest.fixture
def desk(federation: Federation, tmp_path: Path) -> Iterator[Desk]:
    """A desk at which nobody is ever given a verdict."""
    yield Desk(federation, tmp_path)
    assert not list(tmp_path.rglob("verdicts*")), "a verdict was written"


@pytest.fixture
def unseen(desk: Desk) -> Iterator[Desk]:
    """A desk whose mistakes are found before the matcher hears of a run."""
    before = desk.runs()
    yield desk
    assert desk.runs() == before


def says(ended: Ended, code: ExitCode, *sentences: str) -> None:
    """Check status and message: every sentence in order, advice included, and nothing private."""
    assert ended.code == code, ended.errors
    at = 0
    for sentence in sentences:
        at = ended.errors.find(sentence, at)
        assert at >= 0, (sentence, ended.errors)
    for private in (PLANTED, "Traceback", "-----BEGIN"):
        assert private not in ended.errors
    # What is wrong, and in a line of its own what to do about it.
    what, _, advice = ended.errors[ended.errors.index("error: ") :].partition("\n")
    assert what.count(": ") >= 2, "the message names no place"
    assert advice.startswith("  "), "the message gives no advice"


def test_a_match_with_nothing_wrong_succeeds(federation: Federation, tmp_path: Path) -> None:
    ended = Desk(federation, tmp_path).match()
    assert ended.code == ExitCode.OK, ended.errors
    assert (tmp_path / "verdicts.csv").read_text().count(",eligible\n") == 25


# --- Programmes -----------------------------------------------------------------------------------

PREDICATES: Mapping[str, tuple[str, str, str]] = {
    "a number compared with text": (
        'tax.income <= "500"',
        "benefit.yaml:11:22: <= does not fit a whole number and text",
        "a value of its own type",
    ),
    "an unknown attribute": (
        "tax.incom <= params.top",
        "benefit.yaml:11:11: there is no 'tax.incom'",
        "did you mean tax.income?",
    ),
    "an unknown enumeration value": (
        'tax.income <= params.top && welfare.adl == "limitd"',
        "benefit.yaml:11:54: 'limitd' is no value of welfare.adl",
        "did you mean limited?",
    ),
    "always true": (
        "tax.income <= params.top && tax.income >= 0",
        "tax.income >= 0 always holds",
        "correct its limits",
    ),
    "always true as a whole": (
        "tax.income <= params.top || tax.income > 100",
        "tax.income <= 500 || tax.income > 100 always holds",
        "correct its limits",
    ),
    "always false": (
        "tax.income <= params.top && tax.income > 600",
        "tax.income <= 500 && tax.income > 600 never holds",
        "correct its limits",
    ),
    "a constant": ('"true"', "benefit.yaml:11:12: the predicate asks nobody", "use"),
    "an empty list": (
        "tax.income <= params.top && tax.income in []",
        "benefit.yaml:11:53: nothing is in an empty list",
        "list the values",
    ),
    "an empty conjunction": (
        "{all: []}",
        "benefit.yaml:11:11: the predicate must be text",
        "write it",
    ),
    "no predicate": ("''", "benefit.yaml:11:11: the predicate is missing", "write it after"),
    "two agencies compared": (
        "tax.resident == welfare.adl",
        "benefit.yaml:11:24: ",
        "compare",
    ),
}


@pytest.mark.parametrize("case", PREDICATES)
def test_a_predicate_is_refused(unseen: Desk, case: str) -> None:
    predicate, *sentences = PREDICATES[case]
    programme = unseen.programme(predicate=predicate)
    says(command("programme", "check", programme), ExitCode.BAD_INPUT, *sentences)
    says(unseen.match(programme=programme), ExitCode.BAD_INPUT, *sentences)


def test_a_limit_inside_a_band_is_refused_for_attribute_columns_alone(unseen: Desk) -> None:
    text = PROGRAMME.replace("500", "400")
    says(
        unseen.match("--columns", "attribute", programme=unseen.programme(text)),
        ExitCode.BAD_INPUT,
        "desk/benefit: tax.income <= 400 cuts through the class 0 to 500",
        "use decision columns",
    )


def test_a_predicate_too_deep_for_every_parameter_set_is_refused(unseen: Desk) -> None:
    deep = "tax.income <= params.top"
    for step in range(5):
        deep = f'(({deep} || welfare.adl == "limited") && tax.income != {step})'
    says(
        unseen.match(programme=unseen.programme(predicate=deep)),
        ExitCode.BAD_INPUT,
        '|| welfare.adl == "limited": no parameter set of bgv at 128-bit security carries it',
        "the enclave scheme",
    )


FILES: Mapping[str, tuple[str, str, str]] = {
    "too large": (PROGRAMME + "#" * 70_000, "benefit.yaml: the file is larger than 64 KiB", ""),
    "duplicate keys": (
        PROGRAMME + "unit: person\n",
        "benefit.yaml:12:1: the key 'unit' appears twice",
        "the first one is at line 7",
    ),
    "no YAML": (PROGRAMME + "tests: [\n", "benefit.yaml:13:1: this is not YAML", "brackets"),
    "an alias": (
        PROGRAMME.replace('"1"', "&v 1"),
        "benefit.yaml:2:10: anchors and aliases are not used here",
        "write the value out",
    ),
    "no requester": (
        PROGRAMME.replace("requester: city\n", ""),
        "benefit.yaml:1:1: a programme lacks the key 'requester'",
        "add requester:",
    ),
    "a date that is none": (
        PROGRAMME.replace("from: 2026-04-01", "from: soon"),
        "benefit.yaml:8:15: the first day must be a date",
        "write it as 2026-04-01",
    ),
}


@pytest.mark.parametrize("case", FILES)
def test_a_programme_file_is_refused(unseen: Desk, case: str) -> None:
    text, *sentences = FILES[case]
    programme = unseen.programme(text)
    says(unseen.match(programme=programme), ExitCode.BAD_INPUT, *sentences)


def test_a_file_that_is_not_there_is_named(unseen: Desk) -> None:
    says(
        unseen.match(programme=unseen.place / "none.yaml"),
        ExitCode.BAD_INPUT,
        "none.yaml: the file cannot be read",
        "check the path",
    )


@pytest.mark.parametrize("day", ["2026-03-31", "2027-04-01"])
def test_a_programme_that_is_not_in_force_is_refused(unseen: Desk, day: str) -> None:
    says(
        unseen.match(date=day),
        ExitCode.REFUSED,
        f"desk/benefit: the programme is not valid on {day}",
        "it holds from 2026-04-01 until 2027-03-31",
    )


def test_a_missing_grant_is_named_with_its_parties(unseen: Desk) -> None:
    grants = unseen.file("few.yaml", GRANTS.rpartition("\n  - ")[0])
    says(
        unseen.match(config=unseen.configured(grants=str(grants))),
        ExitCode.REFUSED,
        "desk/benefit: no grant lets city ask welfare for welfare.adl",
        "add a row",
    )


def test_a_missing_grant_is_refused_at_the_matcher_whatever_the_requester_says(
    unseen: Desk,
) -> None:
    programme = unseen.programme(PROGRAMME.replace("an affair", "another affair"))
    says(
        unseen.match(programme=programme, config=unseen.configured(grants=None)),
        ExitCode.REFUSED,
        f"{unseen.federation.matcher_address}: a grant exists, but not for",
        "compare affair and dates",
    )


# --- Cohorts --------------------------------------------------------------------------------------

COHORTS: Mapping[str, tuple[str | bytes, str, str]] = {
    "a person twice": (
        f"subject\nr1\n{PLANTED}\nr2\n{PLANTED}\n",
        "cohort.csv, line 5, column 'subject': the identifier stands already in line 3",
        "list every person once",
    ),
    "a person twice at one agency": (
        f"subject,tax\nr1,{PLANTED}\nr2,{PLANTED}\n",
        "cohort.csv, line 3, column 'tax': the identifier stands already in line 2",
        "list every person once",
    ),
    "nobody": ("subject\n", "cohort.csv: there are no subjects", "at least one"),
    "an empty file": ("", "cohort.csv: the file is empty", "at least one"),
    "no column of subjects": (
        f"{PLANTED}\nr1\n",
        "cohort.csv, header: there is no column 'subject'",
        "name",
    ),
    "an unknown column": (
        f"subject,{PLANTED}\nr1,r1\n",
        "cohort.csv, header: column 2 is neither 'subject' nor a role",
        "'tax', 'welfare'",
    ),
    "a short line": (
        f"subject,tax\nr1,r1\n{PLANTED}\n",
        "cohort.csv, line 3: the line has 1 fields where the header has 2",
        "commas",
    ),
    "a gap": ("subject\nr1\n\nr2\n", "cohort.csv, line 3, column 'subject': the identifier", ""),
    "another encoding": (
        b"subject\nr1\n" + PLANTED.encode() + b"\xff\n",
        "cohort.csv, line 3: the file is not comma-separated text in UTF-8",
        "save it as",
    ),
}


@pytest.mark.parametrize("case", COHORTS)
def test_a_cohort_is_refused(unseen: Desk, case: str) -> None:
    content, *sentences = COHORTS[case]
    cohort = unseen.file("cohort.csv", content)
    says(unseen.match(cohort=cohort), ExitCode.BAD_INPUT, *sentences)


# --- Agencies' files ------------------------------------------------------------------------------

ROWS: Mapping[str, tuple[str | bytes, str]] = {
    "outside the domain": (f"r2,{PLANTED},yes", "column 'income': outside the domain [0, 1000]"),
    "no number": (f"r2,{PLANTED}x,yes", "column 'income': not a whole number"),
    "no truth": (f"r2,1,{PLANTED}", "column 'resident': neither true nor false"),
    "a person twice": ("r1,1,yes", "column 'person': the identifier stands already in line 2"),
    "no person": (",1,yes", "column 'person': the identifier is empty"),
    "a field too few": (f"r2,{PLANTED}", "the line has 2 fields where the header has 3"),
    "another encoding": (b"r2,\xff" + PLANTED.encode() + b",yes", "UTF-8"),
}


@pytest.mark.parametrize("case", ROWS)
def test_a_bad_row_stops_an_agency_with_line_and_column(unseen: Desk, case: str) -> None:
    row, sentence = ROWS[case]
    written = row.encode() if isinstance(row, str) else row
    unseen.file("tax.csv", b"person,income,resident\nr1,1,yes\n" + written + b"\nr3,1,no\n")
    unseen.programme()
    settings = {
        "identity": str(unseen.federation.directory / IDENTITIES / "tax"),
        "matcher": unseen.federation.matcher_address,
        "tables": [
            {
                "file": "tax.csv",
                "catalogue": "catalogue.yaml",
                "identifier": "person",
                "columns": {"tax.income": "income", "tax.resident": "resident"},
            }
        ],
        "policy": {"grants": "grants.yaml", "approve": "any granted"},
    }
    config = unseen.file("agency.yaml", json.dumps(settings))
    ended = command("agency", "serve", "--config", config, "--check")
    says(ended, ExitCode.BAD_INPUT, "tax.csv, line 3", sentence)


# --- Identities: the client's own check explains what a peer would only refuse --------------------


def _reissue(desk: Desk, directory: Path, names: Sequence[str]) -> None:
    """Give the identity in ``directory`` a certificate of the real authority with these names."""
    authority = load_authority(desk.federation.directory / IDENTITIES)
    key = ec.generate_private_key(ec.SECP256R1())
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(authority.authority.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .add_extension(
            x509.SubjectAlternativeName([x509.UniformResourceIdentifier(name) for name in names]),
            critical=True,
        )
        .sign(authority.key, hashes.SHA256())
    )
    (directory / "agency.crt").write_bytes(certificate.public_bytes(Encoding.PEM))
    (directory / "agency.key").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )


def _without_certificate(_: Desk, directory: Path) -> None:
    (directory / "agency.crt").unlink()


def _with_anothers_certificate(desk: Desk, directory: Path) -> None:
    other = desk.federation.directory / IDENTITIES / "tax"
    shutil.copy(other / "agency.crt", directory)


def _with_anothers_certificate_and_key(desk: Desk, directory: Path) -> None:
    _with_anothers_certificate(desk, directory)
    shutil.copy(desk.federation.directory / IDENTITIES / "tax" / "agency.key", directory)


def _with_two_names(desk: Desk, directory: Path) -> None:
    _reissue(desk, directory, ["urn:fusuma:agency:city", "urn:fusuma:agency:tax"])


def _with_garbage(_: Desk, directory: Path) -> None:
    (directory / "agency.crt").write_bytes(b"-----BEGIN CERTIFICATE-----\nnone\n")


def _under_another_authority(_: Desk, directory: Path) -> None:
    now = int(time.time())
    foreign = create_authority(directory.parent / "foreign", now)
    issue_identity(foreign, AgencyId("city"), now)
    shutil.copy(directory.parent / "foreign" / "city" / "agency.crt", directory)
    shutil.copy(directory.parent / "foreign" / "city" / "agency.key", directory)


IDENTITY_FLAWS: Mapping[str, tuple[Callable[[Desk, Path], None], ExitCode, str]] = {
    "no certificate": (_without_certificate, ExitCode.BAD_INPUT, "agency.crt: the file cannot be"),
    "another agency's certificate": (
        _with_anothers_certificate,
        ExitCode.UNAUTHENTIC,
        "agency.key: the private key does not belong to the certificate",
    ),
    "another agency's certificate and key": (
        _with_anothers_certificate_and_key,
        ExitCode.UNAUTHENTIC,
        "card.bin: the card is not",
    ),
    "two URI names": (
        _with_two_names,
        ExitCode.UNAUTHENTIC,
        "agency.crt: the certificate has 2 URI names",
    ),
    "a certificate that is none": (
        _with_garbage,
        ExitCode.UNAUTHENTIC,
        "agency.crt: the certificate does not parse",
    ),
    "a certificate of another authority": (
        _under_another_authority,
        ExitCode.UNAUTHENTIC,
        "agency.crt: the certificate is not issued by this federation's authority",
    ),
}


@pytest.mark.parametrize("case", IDENTITY_FLAWS)
def test_an_identity_is_refused_before_dialling(unseen: Desk, case: str) -> None:
    spoil, code, sentence = IDENTITY_FLAWS[case]
    directory = unseen.identity("city")
    spoil(unseen, directory)
    says(unseen.match(config=unseen.configured(identity=str(directory))), code, sentence)
    says(command("pki", "show", directory), code, sentence)


def test_a_matcher_that_nobody_could_dial_does_not_start(unseen: Desk) -> None:
    settings = {
        "listen": "127.0.0.1:0",
        "identity": str(unseen.identity("tax")),
        "data": "data",
        "grants": ["grants.yaml"],
    }
    unseen.programme()
    config = unseen.file("matcher.yaml", json.dumps(settings))
    says(
        command("matcher", "serve", "--config", config, "--check"),
        ExitCode.UNAUTHENTIC,
        "agency.crt: the certificate names no host",
        "fusuma pki add --server",
    )


def test_another_agencys_whole_identity_decides_nothing_of_the_citys(unseen: Desk) -> None:
    config = unseen.configured(identity=str(unseen.identity("tax")))
    says(
        unseen.match(config=config),
        ExitCode.REFUSED,
        "desk/benefit: the programme is decided by city, not by tax",
        "use the identity",
    )


def test_an_identity_of_another_federation_is_told_what_to_compare(unseen: Desk) -> None:
    now = int(time.time())
    issue_identity(create_authority(unseen.place / "foreign", now), AgencyId("city"), now)
    config = unseen.configured(identity=str(unseen.place / "foreign" / "city"))
    says(
        unseen.match(config=config),
        ExitCode.RUN_PROBLEM,
        f"{unseen.federation.matcher_address}: the peer does not answer or has refused",
        "have the same ca.crt",
    )


def test_with_json_a_refusal_is_one_object_and_nothing_else(
    unseen: Desk, capfd: pytest.CaptureFixture[str]
) -> None:
    cohort = unseen.file("twice.csv", "subject\nr1\nr1\n")
    ended = unseen.match("--json", cohort=cohort)
    assert ended.code == ExitCode.BAD_INPUT
    assert json.loads(ended.errors) == {
        "error": "InvalidCohort",
        "what": "the identifier stands already in line 2",
        "where": "twice.csv, line 3, column 'subject'",
        "fix": "list every person once",
    }
    assert capfd.readouterr() == ("", "")


def test_verdicts_never_replace_the_cohort(unseen: Desk) -> None:
    cohort = unseen.file("cohort.csv", COHORT)
    ended = unseen.match("--out", cohort, "--force", cohort=cohort)
    says(ended, ExitCode.BAD_INPUT, "the verdicts would replace the cohort", "another name")
    assert cohort.read_text() == COHORT


def test_columns_are_not_chosen_for_an_enclave(unseen: Desk) -> None:
    ended = unseen.match("--scheme", "enclave", "--columns", "attribute")
    says(ended, ExitCode.BAD_INPUT, "--columns", "an enclave gets values", "leave it out")


# --- A requester whose own program was changed ----------------------------------------------------


def test_a_public_key_that_is_not_the_prescribed_one_ends_the_run(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = carrying_out.make_key

    def key_that_hides_nothing(*arguments: Any) -> Any:
        key = honest(*arguments)
        key.public_key = bytes(len(key.public_key))
        return key

    monkeypatch.setattr(carrying_out, "make_key", key_that_hides_nothing)
    says(desk.match(), ExitCode.UNAUTHENTIC, "a key is not the prescribed one", "start a new run")
    assert desk.runs()[-1] == "failed"


# --- A matcher that answers with something else ---------------------------------------------------


def _outputs(pieces: Pieces) -> list[matcher_pb2.OutputChunk]:
    return [output for piece in pieces for output in piece.outputs.chunks]


def _flipped(pieces: Pieces, _: Pieces) -> Pieces:
    output = _outputs(pieces)[0]
    output.payload = bytes([output.payload[0] ^ 1]) + output.payload[1:]
    return pieces


def _exchanged(pieces: Pieces, _: Pieces) -> Pieces:
    first, second = _outputs(pieces)
    first.payload, second.payload = second.payload, first.payload
    return pieces


def _one_missing(pieces: Pieces, _: Pieces) -> Pieces:
    for piece in pieces:
        if piece.HasField("outputs"):
            del piece.outputs.chunks[-1]
    return pieces


def _replayed(_: Pieces, earlier: Pieces) -> Pieces:
    return earlier


def _outputs_of_another_run(pieces: Pieces, earlier: Pieces) -> Pieces:
    return [
        *(piece for piece in pieces if not piece.HasField("outputs")),
        *(piece for piece in earlier if piece.HasField("outputs")),
    ]


def _unsigned(pieces: Pieces, _: Pieces) -> Pieces:
    next(p for p in pieces if p.HasField("manifest")).manifest.signature = bytes(64)
    return pieces


_OTHER = "chunk 0: an output is not the one in the manifest"
ANSWERS: Mapping[str, tuple[Callable[[Pieces, Pieces], Pieces], str]] = {
    "a flipped bit": (_flipped, _OTHER),
    "outputs exchanged": (_exchanged, _OTHER),
    "an output missing": (_one_missing, "chunk 0: the result is incomplete"),
    "the result of an earlier run": (_replayed, "a result manifest is of another run"),
    "outputs of an earlier run": (_outputs_of_another_run, _OTHER),
    "an unsigned manifest": (_unsigned, "the signature does not verify"),
}


@pytest.fixture(scope="module")
def earlier(federation: Federation, tmp_path_factory: pytest.TempPathFactory) -> Pieces:
    """The result of an honest run of the same programme, as it was received."""
    kept: Pieces = []
    fetch = Session.fetch

    async def keeping(self: Session, run: Any) -> AsyncIterator[matcher_pb2.FetchResultsResponse]:
        async for piece in fetch(self, run):
            kept.append(piece)
            yield piece

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Session, "fetch", keeping)
        ended = Desk(federation, tmp_path_factory.mktemp("earlier")).match()
    assert ended.code == ExitCode.OK, ended.errors
    return kept


@pytest.mark.parametrize("case", ANSWERS)
def test_a_result_that_is_not_the_runs_own_gives_no_verdicts(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, earlier: Pieces, case: str
) -> None:
    fetch, (change, sentence) = Session.fetch, ANSWERS[case]
    copies = [matcher_pb2.FetchResultsResponse.FromString(p.SerializeToString()) for p in earlier]

    async def changed(self: Session, run: Any) -> AsyncIterator[matcher_pb2.FetchResultsResponse]:
        pieces = [piece async for piece in fetch(self, run)]
        for piece in change(pieces, copies):
            yield piece

    monkeypatch.setattr(Session, "fetch", changed)
    ended = desk.match()
    says(ended, ExitCode.UNAUTHENTIC, "error: runs/", sentence, "tell the matcher's operator")


def test_the_federation_still_decides_after_all_this(
    federation: Federation, tmp_path: Path
) -> None:
    assert Desk(federation, tmp_path).match().code == ExitCode.OK
    for name, process in federation.processes.items():
        assert process.popen.poll() is None, f"{name} has ended"
        log = process.log.read_text()
        assert "Traceback" not in log
        assert PLANTED not in log
