from __future__ import annotations

import pytest

from matcher.core.bgv_parameters import BGV_SETS
from matcher.core.cost import cost_of
from matcher.core.scheme import ColumnKind, Scheme
from tests.programmes_of_tests import plan_of


def test_a_linear_plan_costs_26_bytes_a_slot_and_column() -> None:
    cost = cost_of(plan_of("tax.closed <= 3 && welfare.closed == 1", scheme=Scheme.BGV))
    assert (cost.columns, cost.outputs, cost.multiplications) == (2, 1, 0)
    assert cost.column_bytes == 26
    assert cost.upload_bytes == 52
    linear = BGV_SETS["bgv-8192-104"]
    assert cost.key_bytes == linear.public_key_bytes


def test_a_product_costs_a_level_and_an_evaluation_key() -> None:
    plan = plan_of("tax.bracket <= 3 || welfare.grade == 1", scheme=Scheme.BGV)
    cost = cost_of(plan)
    assert cost.multiplications == 1
    assert plan.parameters is not None
    assert cost.key_bytes > plan.parameters.public_key_bytes


@pytest.mark.parametrize(
    ("text", "each"), [("tax.bracket <= 3", 1), ("tax.income <= 3", 2), ("tax.wealth < 9", 2)]
)
def test_values_cost_the_width_of_their_domain(text: str, each: int) -> None:
    cost = cost_of(plan_of(text, ColumnKind.VALUE, Scheme.ENCLAVE))
    assert cost.column_bytes == cost.upload_bytes == each
    assert cost.key_bytes == 0


def test_machines_read_whole_numbers() -> None:
    figures = cost_of(plan_of("tax.bracket <= 3", scheme=Scheme.BGV)).to_json()
    assert figures["hundredths_of_bytes_per_slot_and_column"] == 2600
    assert all(isinstance(figure, int) for figure in figures.values())


def test_every_agency_and_seat_costs_columns() -> None:
    text = "members.all(m, m.tax.bracket <= 3)"
    values = cost_of(
        plan_of(text, ColumnKind.VALUE, Scheme.ENCLAVE, agencies={"tax": 2}, most_members=4)
    )
    assert (values.columns, values.upload_bytes, values.outputs) == (8, 8, 1)
    bits = cost_of(plan_of(text, scheme=Scheme.BGV, agencies={"tax": 2}, most_members=4))
    assert (bits.columns, bits.outputs) == (4, 2)


def test_every_tier_costs_an_output_and_its_products() -> None:
    text = "tax.bracket <= 3 || welfare.grade == 1"
    whole = cost_of(plan_of(text, scheme=Scheme.BGV))
    tiers = {"full": "tax.bracket <= 1", "half": None}
    tiered = cost_of(plan_of(text, scheme=Scheme.BGV, tiers=tiers))
    assert (whole.outputs, whole.products) == (2, 2)
    assert (tiered.outputs, tiered.products) == (3, 3)
    assert tiered.download_bytes == 1.5 * whole.download_bytes
