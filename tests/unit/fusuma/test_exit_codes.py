from __future__ import annotations

import pytest

from fusuma.exit_codes import MEANINGS, ExitCode, exit_code
from matcher.core import errors


def _all_errors(root: type[errors.FusumaError]) -> list[type[errors.FusumaError]]:
    below = [leaf for child in root.__subclasses__() for leaf in _all_errors(child)]
    return [root, *below]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.InvalidCohort("x"), ExitCode.BAD_INPUT),
        (errors.TooDeep("x"), ExitCode.BAD_INPUT),
        (errors.EvidenceRefused("x"), ExitCode.REFUSED),
        (errors.InvalidCertificate("x"), ExitCode.UNAUTHENTIC),
        (errors.Unreachable("x"), ExitCode.RUN_PROBLEM),
        (errors.RunFailed("x"), ExitCode.NO),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else value.name,
)
def test_a_class_has_the_status_of_its_branch(error: errors.FusumaError, status: ExitCode) -> None:
    assert exit_code(error) is status


def test_every_error_but_the_root_has_a_status_of_its_own_branch() -> None:
    for kind in _all_errors(errors.FusumaError)[1:]:
        assert exit_code(kind("x")) not in (ExitCode.OK, ExitCode.INTERNAL), kind.__name__


def test_every_status_is_explained() -> None:
    assert set(MEANINGS) == set(ExitCode)
