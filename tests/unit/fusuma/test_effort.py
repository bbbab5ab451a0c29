import pytest

from fusuma.effort import AgencyEffort, effort_in
from matcher.core.identifiers import RunId

RUN, OTHER = RunId("0" * 31 + "1"), RunId("0" * 31 + "2")


def line(run: RunId, sent: int, event: str = "answered") -> str:
    return (
        f"time=2026-10-01 12:00:00,000 level=INFO logger=clients.provider.agent event={event}"
        f" run={run} requester=city-benefits programme=city/support scheme=bgv chunks=7"
        f" protect_seconds=0.1250 upload_seconds=0.0310 sent_bytes={sent}\n"
    )


def test_the_line_of_the_run_is_found_among_others() -> None:
    log = "ready: agency tax\n" + line(OTHER, 1) + line(RUN, 12345) + "event=stopped\n"
    assert effort_in(log, RUN) == AgencyEffort(0.125, 0.031, 12345)


@pytest.mark.parametrize(
    "log",
    [
        pytest.param("", id="an empty log"),
        pytest.param(line(OTHER, 1), id="another run"),
        pytest.param(line(RUN, 12345)[:-3], id="a line that is still being written"),
        pytest.param(line(RUN, 12345, event="declined"), id="a run that was declined"),
    ],
)
def test_nothing_is_said_before_the_line_is_there(log: str) -> None:
    assert effort_in(log, RUN) is None
