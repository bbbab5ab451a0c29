import datetime as dt
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from clients.provider.approvals import ApprovalsFile
from clients.provider.config import AgencyConfig, load_config
from clients.tabular.delimited import Encoding
from enclave_sim.platform import ROOT_CERTIFICATE, create_platform
from fusuma.pki import create_authority, issue_identity
from matcher.core.errors import FusumaError, InvalidConfiguration, InvalidFile, SchemeRefused
from matcher.core.identifiers import AgencyId, AttributeName
from matcher.core.scheme import ColumnKind, Scheme
from programmes import programme_path

CATALOGUE = programme_path("city/catalogue.yaml")
GRANTS = programme_path("city/grants.yaml")
BENCHMARK_GRANTS = programme_path("benchmark/grants.yaml")
TABLES = f"""
tables:
  - file: data/residents.csv
    catalogue: {CATALOGUE}
    identifier: person
    columns: {{tax.income_bracket: bracket}}
"""
POLICY = f"policy: {{grants: {GRANTS}, approve: any granted}}"
HEAD = "identity: tax\nmatcher: matcher.example:7443"

Load = Callable[[str], AgencyConfig]


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with an identity and a platform root, where configurations are written."""
    path = tmp_path_factory.mktemp("agency")
    now = int(time.time())
    issue_identity(create_authority(path, now), AgencyId("tax"), now)
    create_platform(path / "platform", dt.datetime.now(dt.UTC))
    return path


@pytest.fixture
def load(directory: Path) -> Load:
    def load_text(text: str) -> AgencyConfig:
        path = directory / "agency.yaml"
        path.write_text(text, encoding="utf-8")
        return load_config(path)

    return load_text


def whole(*, head: str = HEAD, tables: str = TABLES, policy: str = POLICY, more: str = "") -> str:
    return f"{head}\n{tables}\n{policy}\n{more}"


def test_a_short_configuration_has_careful_defaults(load: Load, directory: Path) -> None:
    config = load(whole())
    assert config.identity.agency == "tax"
    assert config.matcher == "matcher.example:7443"
    assert (config.workers, config.concurrent_runs) == (1, 2)
    assert config.journal is config.boundary_log is config.boundary_capture is None
    (table,) = config.tables
    assert table.source.file == directory / "data" / "residents.csv"
    assert table.source.columns == {AttributeName("tax.income_bracket"): "bracket"}
    assert table.catalogue.name == "city"
    policy = config.policy
    assert policy.programmes is None
    assert policy.enclave is None
    assert policy.schemes == {Scheme.BGV, Scheme.ENCLAVE}
    assert policy.column_kinds == set(ColumnKind)
    assert len(policy.grants.grants) == 2


def test_approvals_may_be_a_file_that_grows(load: Load, directory: Path) -> None:
    config = load(whole(policy=f"policy: {{grants: {GRANTS}, approve: {{file: approvals.jsonl}}}}"))
    approved = config.policy.programmes
    assert isinstance(approved, ApprovalsFile)
    assert approved.path == directory / "approvals.jsonl"
    assert approved.approvals() == ()


def test_a_broken_list_of_approvals_is_refused_at_the_start(load: Load, directory: Path) -> None:
    (directory / "broken.jsonl").write_text("all of them\n")
    with pytest.raises(InvalidConfiguration, match="not an approval"):
        load(whole(policy=f"policy: {{grants: {GRANTS}, approve: {{file: broken.jsonl}}}}"))


def test_a_table_says_its_encoding_where_it_is_not_utf8(load: Load) -> None:
    (plain,) = load(whole()).tables
    (other,) = load(whole(tables=f"{TABLES}    encoding: cp932\n")).tables
    assert (plain.source.encoding, other.source.encoding) == (Encoding.UTF_8, Encoding.CP932)
    with pytest.raises(InvalidConfiguration, match="choose from utf-8, cp932"):
        load(whole(tables=f"{TABLES}    encoding: shift_jis\n"))


def test_everything_can_be_set(load: Load, directory: Path) -> None:
    digest = "ab" * 32
    policy = f"""
policy:
  grants: [{GRANTS}, {BENCHMARK_GRANTS}]
  approve: ["{digest}"]
  runs_per_day: 7
  smallest_cohort: 100
  schemes: [bgv]
  columns: [decision]
"""
    more = f"""
enclave:
  platform_root: platform/{ROOT_CERTIFICATE}
  measurements: ["{"0a" * 48}"]
journal: journal.jsonl
workers: 3
concurrent_runs: 4
boundary_log: boundary.json
boundary_capture: captured
"""
    config = load(whole(policy=policy, more=more))
    assert config.policy.programmes == {bytes.fromhex(digest)}
    assert (config.policy.runs_per_day, config.policy.smallest_cohort) == (7, 100)
    assert config.policy.schemes == {Scheme.BGV}
    assert config.policy.column_kinds == {ColumnKind.DECISION}
    assert len(config.policy.grants.grants) == 4
    assert config.policy.enclave is not None
    assert config.journal == directory / "journal.jsonl"
    assert (config.workers, config.concurrent_runs) == (3, 4)
    assert config.boundary_log == directory / "boundary.json"
    assert config.boundary_capture == directory / "captured"


def policy_with(setting: str) -> str:
    return f"policy: {{grants: {GRANTS}, approve: any granted, {setting}}}"


WRONG = {
    "an unknown setting": (whole(more="worker: 2"), InvalidFile, "did you mean workers"),
    "a missing setting": (whole(policy=""), InvalidFile, "lacks the key 'policy'"),
    "no table": (whole(tables="tables: []"), InvalidConfiguration, "no table"),
    "no port": (whole(head="identity: tax\nmatcher: matcher"), InvalidConfiguration, "host:port"),
    "port zero": (whole(head="identity: tax\nmatcher: m:0"), InvalidConfiguration, "host:port"),
    "an approval of nothing": (
        whole(policy=f"policy: {{grants: {GRANTS}, approve: {{files: a.jsonl}}}}"),
        InvalidFile,
        "did you mean file",
    ),
    "no approval": (whole(policy=f"policy: {{grants: {GRANTS}}}"), InvalidFile, "'approve'"),
    "a vague approval": (
        whole(policy=f"policy: {{grants: {GRANTS}, approve: everything}}"),
        InvalidConfiguration,
        "any granted",
    ),
    "a short digest": (
        whole(policy=f"policy: {{grants: {GRANTS}, approve: [abcd]}}"),
        InvalidConfiguration,
        "64 hexadecimal",
    ),
    "an unknown scheme": (
        whole(policy=policy_with("schemes: [clear]")),
        InvalidConfiguration,
        "'clear' is not one of schemes",
    ),
    "a misspelt scheme": (
        whole(policy=policy_with("schemes: [bgv, bvf]")),
        InvalidConfiguration,
        "did you mean b",
    ),
    "no schemes": (
        whole(policy=policy_with("schemes: []")),
        InvalidConfiguration,
        "schemes is empty: nothing would ever be answered",
    ),
    "no columns": (
        whole(policy=policy_with("columns: []")),
        InvalidConfiguration,
        "nothing would ever be answered",
    ),
    "no budget": (
        whole(policy=policy_with("runs_per_day: 0")),
        InvalidConfiguration,
        "the runs of a day must be from 1",
    ),
    "no workers": (whole(more="workers: 0"), InvalidConfiguration, "from 1 to 64"),
    "an identity elsewhere": (
        whole(head="identity: nowhere\nmatcher: m:1"),
        InvalidConfiguration,
        "cannot be read",
    ),
    "an enclave without a root": (
        whole(more=f'enclave: {{measurements: ["{"0a" * 48}"]}}'),
        InvalidFile,
        "platform_root",
    ),
}


@pytest.mark.parametrize(("text", "error", "message"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_setting_is_named_with_its_place(
    load: Load, text: str, error: type[FusumaError], message: str
) -> None:
    with pytest.raises(error) as caught:
        load(text)
    assert message in str(caught.value)
    assert caught.value.where


def test_an_agency_may_answer_under_every_scheme_that_it_names(load: Load) -> None:
    config = load(whole(policy=policy_with("schemes: [bfv, ckks, paillier, enclave]")))
    assert config.policy.schemes == {Scheme.BFV, Scheme.CKKS, Scheme.PAILLIER, Scheme.ENCLAVE}


@pytest.mark.usefixtures("without_paillier")
def test_a_scheme_that_is_not_installed_is_refused_at_the_start(load: Load) -> None:
    with pytest.raises(SchemeRefused, match=r"pip install '\.\[paillier\]'") as caught:
        load(whole(policy=policy_with("schemes: [bgv, paillier]")))
    assert caught.value.where
    load(whole())
