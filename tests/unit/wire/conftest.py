from datetime import date

import pytest

from matcher.core.binding import sha256
from matcher.core.identifiers import AgencyId, Role, RunId
from matcher.core.scheme import ColumnKind, Scheme
from matcher.core.statement import ProviderAssignment, RunStatement

NOW = 1_780_315_200


@pytest.fixture
def statement() -> RunStatement:
    return RunStatement(
        run_id=RunId("ab" * 16),
        nonce=bytes(range(32)),
        requester=AgencyId("city-benefits"),
        programme_digest=sha256(b"programme"),
        plan_digest=sha256(b"plan"),
        scheme=Scheme.BGV,
        column_kind=ColumnKind.DECISION,
        parameters="bgv-8192-linear-8",
        public_key_digest=sha256(b"public key"),
        evaluation_key_digest=None,
        control_commitment=sha256(b"controls"),
        cohort_commitment=sha256(b"cohort"),
        providers=(
            ProviderAssignment(Role("tax"), AgencyId("tax"), sha256(b"roster of tax")),
            ProviderAssignment(Role("welfare"), AgencyId("welfare"), sha256(b"roster of welfare")),
        ),
        chunks=123,
        reference_date=date(2026, 6, 1),
        result_key=b"",
        issued_at=NOW,
        expires_at=NOW + 3600,
    )
