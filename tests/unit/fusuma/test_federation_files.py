from __future__ import annotations

from pathlib import Path

from ruamel.yaml import YAML

from fusuma.federation_files import FederationPlan, write_agency, write_matcher
from matcher.core.identifiers import AgencyId
from matcher.core.scheme import Scheme
from matcher.service.config import load_config

CITY, TAX = AgencyId("city"), AgencyId("tax")


def agency_policy(directory: Path, plan: FederationPlan) -> dict[str, object]:
    path = write_agency(directory, plan, TAX, "127.0.0.1:7443", "00")
    policy: dict[str, object] = YAML(typ="safe").load(path)["policy"]
    return policy


def test_the_matcher_offers_and_agencies_answer_what_the_plan_names(tmp_path: Path) -> None:
    schemes = (Scheme.BFV, Scheme.PAILLIER, Scheme.ENCLAVE)
    plan = FederationPlan(CITY, {TAX: ()}, (), schemes=schemes)
    assert load_config(write_matcher(tmp_path, plan)).schemes == set(schemes)
    assert agency_policy(tmp_path, plan)["schemes"] == ["bfv", "paillier", "enclave"]


def test_a_federation_has_the_usual_schemes_unless_said(tmp_path: Path) -> None:
    plan = FederationPlan(CITY, {TAX: ()}, ())
    assert load_config(write_matcher(tmp_path, plan)).schemes == {Scheme.BGV, Scheme.ENCLAVE}
    assert agency_policy(tmp_path, plan)["schemes"] == ["bgv", "enclave"]
