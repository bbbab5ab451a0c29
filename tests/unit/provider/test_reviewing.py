from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import grpc
import pytest

from clients.provider.config import AgencyConfig, load_config
from clients.provider.reviewing import Review, review
from clients.review.library import Library
from clients.review.published import Published
from fusuma.pki import create_authority, issue_identity
from matcher.core.binding import sha256
from matcher.core.errors import UnsupportedPredicate
from matcher.core.identifiers import AgencyId
from matcher.core.scheme import ColumnKind, Scheme
from matcher.language import dump_bundle, load_programme
from programmes import programme_path

DAY = date(2026, 6, 1)
GRANTS = programme_path("city/grants.yaml")
CONFIGURATION = f"""
identity: tax
matcher: matcher.example:7443
tables:
  - file: residents.csv
    catalogue: {programme_path("city/catalogue.yaml")}
    identifier: person
    columns: {{tax.income_bracket: bracket}}
policy: {{grants: {GRANTS}, approve: {{file: approvals.jsonl}}, schemes: [SCHEMES]}}
"""

Configure = Callable[[Sequence[Scheme]], AgencyConfig]


@pytest.fixture(scope="module")
def configure(tmp_path_factory: pytest.TempPathFactory) -> Configure:
    directory = tmp_path_factory.mktemp("agency")
    now = int(time.time())
    issue_identity(create_authority(directory, now), AgencyId("tax"), now)

    def configured(schemes: Sequence[Scheme]) -> AgencyConfig:
        path: Path = directory / "agency.yaml"
        path.write_text(CONFIGURATION.replace("SCHEMES", ", ".join(schemes)), encoding="utf-8")
        return load_config(path)

    return configured


def reviewed(config: AgencyConfig, name: str) -> Review:
    """What the agency looks at before it approves a shipped programme; nothing is fetched."""
    programme = load_programme(programme_path(name))
    bundle = dump_bundle(programme)
    published = Published(programme, bundle, sha256(bundle), 0)

    async def look() -> Review:
        async with grpc.aio.insecure_channel("unix:/nowhere") as channel:
            library = Library(config.identity, channel, "nowhere")
            return await review(config, library, published, role="tax", today=DAY)

    return asyncio.run(look())


@pytest.mark.parametrize(
    ("schemes", "found"),
    [
        ([Scheme.BGV, Scheme.BFV, Scheme.ENCLAVE], Scheme.BGV),
        ([Scheme.PAILLIER, Scheme.BFV], Scheme.BFV),
        ([Scheme.PAILLIER], Scheme.PAILLIER),
        ([Scheme.CKKS], Scheme.CKKS),
    ],
)
def test_a_programme_is_reviewed_under_a_scheme_that_the_policy_answers(
    configure: Configure, schemes: Sequence[Scheme], found: Scheme
) -> None:
    plan = reviewed(configure(schemes), "city/support").assessment.plan
    assert (plan.scheme, plan.column_kind) == (found, ColumnKind.DECISION)


def test_a_scheme_that_cannot_carry_it_is_passed_over(configure: Configure) -> None:
    config = configure([Scheme.PAILLIER, Scheme.ENCLAVE])
    assert reviewed(config, "city/relief").assessment.plan.scheme is Scheme.ENCLAVE


def test_a_programme_that_no_answered_scheme_carries_is_refused_with_the_reason(
    configure: Configure,
) -> None:
    with pytest.raises(UnsupportedPredicate, match="no scheme that this agency answers") as caught:
        reviewed(configure([Scheme.PAILLIER]), "city/relief")
    assert "Paillier's scheme adds" in caught.value.what
