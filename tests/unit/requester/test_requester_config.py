from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from clients.requester.config import load_config
from clients.requester.draft import check_permission, prepare
from matcher.core.errors import (
    FusumaError,
    InvalidConfiguration,
    InvalidFile,
    NotYours,
    PermissionMissing,
    PermissionNotApplicable,
)
from matcher.core.grants import GrantTable
from matcher.core.identifiers import AgencyId, Role
from matcher.core.plan import Plan
from matcher.core.scheme import ColumnKind, Scheme
from matcher.identity.identity import Identity
from matcher.language import load_grants, load_programme
from programmes import programme_path
from tests.matcher_scene import CITY, DAY, PROVIDERS, TAX, federation

AGENCIES = {role: (agency,) for role, agency in PROVIDERS.items()}


@pytest.fixture(scope="module")
def parties(tmp_path_factory: pytest.TempPathFactory) -> Mapping[AgencyId, Identity]:
    return federation(tmp_path_factory.mktemp("federation"))


@pytest.fixture(scope="module")
def plan() -> Plan:
    programme = load_programme(programme_path("city/support.yaml"))
    return prepare(programme, Scheme.BGV, ColumnKind.DECISION, DAY).plan


def write(tmp_path: Path, parties: Mapping[AgencyId, Identity], **settings: str) -> Path:
    lines = {"identity": parties[CITY].directory, "matcher": "localhost:7443", **settings}
    path = tmp_path / "city.yaml"
    path.write_text("".join(f"{key}: {value}\n" for key, value in lines.items() if value))
    return path


def test_a_short_configuration_is_enough(
    tmp_path: Path, parties: Mapping[AgencyId, Identity], plan: Plan
) -> None:
    config = load_config(write(tmp_path, parties))
    assert config.identity.agency == CITY
    assert config.address == "localhost:7443"
    assert config.matcher == "matcher"
    assert config.terms_of(plan.programme).agencies == AGENCIES
    assert (config.grants, config.enclave, config.records, config.boundary_log) == (None,) * 4


def test_everything_may_be_set_and_paths_count_from_the_file(
    tmp_path: Path, parties: Mapping[AgencyId, Identity], plan: Plan
) -> None:
    config = load_config(
        write(
            tmp_path,
            parties,
            matcher_agency="other-matcher",
            providers="{tax: tax-office}",
            grants=str(programme_path("city/grants.yaml")),
            records="kept",
            boundary_log="boundary.json",
            boundary_capture="captured",
        )
    )
    assert config.matcher == "other-matcher"
    assert config.terms_of(plan.programme).agencies == {
        Role("tax"): ("tax-office",),
        Role("welfare"): ("welfare",),
    }
    assert config.grants is not None
    assert config.records == tmp_path / "kept"
    assert config.boundary_log == tmp_path / "boundary.json"
    assert config.boundary_capture == tmp_path / "captured"


def test_the_agencies_of_a_role_are_taken_in_ascending_order(
    tmp_path: Path, parties: Mapping[AgencyId, Identity], plan: Plan
) -> None:
    config = load_config(write(tmp_path, parties, providers="{tax: [south, north]}"))
    terms = config.terms_of(plan.programme)
    assert terms.agencies == {Role("tax"): ("north", "south"), Role("welfare"): ("welfare",)}
    assert terms.agency_counts == {Role("tax"): 2, Role("welfare"): 1}


@pytest.mark.parametrize(
    ("settings", "error", "expected"),
    {
        "an unknown setting": ({"matchr": "a:1"}, InvalidFile, "did you mean matcher"),
        "no matcher": ({"matcher": ""}, InvalidFile, "lacks the key 'matcher'"),
        "an address without a port": ({"matcher": "host"}, InvalidConfiguration, "host:port"),
        "a port out of range": ({"matcher": "host:70000"}, InvalidConfiguration, "host:port"),
        "no identity there": ({"identity": "nowhere"}, InvalidConfiguration, "fusuma pki init"),
        "an agency that is none": (
            {"providers": "{tax: Tax Office}"},
            InvalidConfiguration,
            "is not an agency id",
        ),
        "a role that nobody answers for": (
            {"providers": "{tax: []}"},
            InvalidConfiguration,
            "the agencies of the role 'tax' name nobody",
        ),
        "an agency that is named twice": (
            {"providers": "{tax: [north, south, north]}"},
            InvalidConfiguration,
            "the agencies of the role 'tax' name one of them twice",
        ),
        "an enclave without measurements": (
            {"enclave": "{platform_root: root.crt}"},
            InvalidFile,
            "measurements",
        ),
    }.values(),
)
def test_a_configuration_is_refused(
    tmp_path: Path,
    parties: Mapping[AgencyId, Identity],
    settings: dict[str, str],
    error: type[FusumaError],
    expected: str,
) -> None:
    with pytest.raises(error, match=expected):
        load_config(write(tmp_path, parties, **settings))


def grants(name: str = "city/grants.yaml") -> GrantTable:
    return load_grants(programme_path(name))


def test_a_granted_programme_is_permitted(plan: Plan) -> None:
    check_permission(plan, CITY, AGENCIES, grants(), DAY)


def test_without_a_legal_table_the_matcher_decides(plan: Plan) -> None:
    check_permission(plan, CITY, AGENCIES, None, DAY)


def test_another_agencys_programme_is_refused(plan: Plan) -> None:
    with pytest.raises(NotYours, match="decided by city-benefits"):
        check_permission(plan, TAX, AGENCIES, None, DAY)


def test_a_role_without_an_agency_is_refused(plan: Plan) -> None:
    with pytest.raises(InvalidConfiguration, match="welfare"):
        check_permission(plan, CITY, {Role("tax"): (TAX,)}, None, DAY)


def test_one_agency_in_two_parts_is_refused(plan: Plan) -> None:
    with pytest.raises(InvalidConfiguration, match="two parts"):
        check_permission(plan, CITY, {Role("tax"): (TAX,), Role("welfare"): (TAX,)}, None, DAY)


def test_a_missing_grant_is_refused(plan: Plan) -> None:
    with pytest.raises(PermissionMissing):
        check_permission(plan, CITY, AGENCIES, grants("nmes1988/grants.yaml"), DAY)


def test_every_agency_of_a_role_needs_its_own_grant(plan: Plan) -> None:
    shared = {**AGENCIES, Role("tax"): (TAX, AgencyId("tax-office"))}
    with pytest.raises(PermissionMissing, match="ask tax-office for tax"):
        check_permission(plan, CITY, shared, grants(), DAY)


def test_a_grant_for_another_procedure_is_refused(plan: Plan) -> None:
    other = tuple(replace(grant, procedure="renewal") for grant in grants().grants)
    with pytest.raises(PermissionNotApplicable, match="procedure"):
        check_permission(plan, CITY, AGENCIES, GrantTable(other), DAY)


def test_a_grant_for_another_affair_is_refused(plan: Plan) -> None:
    table = grants()
    other = tuple(replace(grant, affair="another affair") for grant in table.grants)
    with pytest.raises(PermissionNotApplicable):
        check_permission(plan, CITY, AGENCIES, GrantTable(other), DAY)


def test_an_enclave_always_gets_value_columns() -> None:
    programme = load_programme(programme_path("city/support.yaml"))
    plan = prepare(programme, Scheme.ENCLAVE, ColumnKind.DECISION, DAY).plan
    assert plan.column_kind is ColumnKind.VALUE
