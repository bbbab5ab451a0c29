"""What the exit status of ``fusuma`` says to a script.

Rules:
 * Every error class has exactly one status, found by the most specific class listed here.
 * A run that was carried out and came out badly is ``NO``; a run that could not be carried out
   is ``RUN_PROBLEM``.
 * 70, 130 and 143 follow custom: ``sysexits.h`` (internal software error), and 128 + the signal.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from matcher.core import errors

if TYPE_CHECKING:
    from collections.abc import Mapping


class ExitCode(IntEnum):
    """The statuses a caller may see."""

    OK = 0
    NO = 1
    BAD_INPUT = 2
    REFUSED = 3
    UNAUTHENTIC = 4
    RUN_PROBLEM = 5
    INTERNAL = 70
    INTERRUPTED = 130
    TERMINATED = 143


MEANINGS: Mapping[ExitCode, str] = {
    ExitCode.OK: "done",
    ExitCode.NO: "carried out, but the answer is no: a failed run, a failed test, a mismatch",
    ExitCode.BAD_INPUT: "a file, an argument or an option is not usable as it stands",
    ExitCode.REFUSED: "law, policy, evidence or a limit does not allow it",
    ExitCode.UNAUTHENTIC: "bytes, a key or a certificate are not what they claim to be",
    ExitCode.RUN_PROBLEM: "a peer cannot be reached, or the run cannot go on",
    ExitCode.INTERNAL: "a fault in fusuma itself",
    ExitCode.INTERRUPTED: "interrupted with Ctrl-C",
    ExitCode.TERMINATED: "ended by SIGTERM; a run is cancelled at the matcher",
}

_BY_CLASS: Mapping[type[errors.FusumaError], ExitCode] = {
    errors.InvalidInput: ExitCode.BAD_INPUT,
    errors.Refused: ExitCode.REFUSED,
    errors.Unauthentic: ExitCode.UNAUTHENTIC,
    errors.RunProblem: ExitCode.RUN_PROBLEM,
    errors.RunFailed: ExitCode.NO,
}


def exit_code(error: errors.FusumaError) -> ExitCode:
    """Return the status that ``error`` ends a command with."""
    for ancestor in type(error).__mro__:
        found = _BY_CLASS.get(ancestor)
        if found is not None:
            return found
    return ExitCode.INTERNAL
