"""The ``fusuma`` command: runs one noun and turns whatever happens into a line and a status.

Rules:
 * An error raised on purpose is one sentence on standard error: what, where, what to do.
 * With ``--json`` among the arguments it is one JSON object instead, also where the arguments are
   not what a command takes.
 * A file that cannot be read or written is the reader's to mend, wherever it was noticed.
 * Anything else unexpected is reported as a fault of fusuma, without a traceback; set
   ``FUSUMA_DEBUG=1`` to see it.
 * Worker processes import the main module again, so this module imports almost nothing at top
   level.
"""

from __future__ import annotations

import errno
import json
import os
import sys
import traceback
from typing import TYPE_CHECKING, NoReturn

from fusuma.exit_codes import ExitCode, exit_code
from matcher.core.errors import FusumaError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typer import Typer


# A full disk is nobody's fault here, whatever was being written.
_FULL = (errno.ENOSPC, errno.EDQUOT)
_MAKE_WAY = "check path, permissions and free space, or choose another place"


def main() -> NoReturn:
    """Run the command line of this process and exit."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run ``arguments`` and return the exit status."""
    as_json = "--json" in arguments
    # The library writes lines of its own about broken handshakes; ours say what to do.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    try:
        # Only the process that a person started needs the command tree; workers do not.
        from fusuma.nouns import command_tree  # noqa: PLC0415

        call = _call_for_json if as_json else _call
        return _said(call(command_tree(arguments), arguments))
    except FusumaError as error:
        _report(type(error).__name__, error.what, error.where, error.fix, as_json=as_json)
        return exit_code(error)
    except KeyboardInterrupt:
        return _said(ExitCode.INTERRUPTED)
    except SystemExit as end:
        return _said(end.code if isinstance(end.code, int) else ExitCode.OK)
    except OSError as error:
        return _blocked(error, as_json=as_json)
    except Exception as fault:  # noqa: BLE001 - the outermost frame: nothing is behind it
        return _fault(fault, as_json=as_json)


def _call(tree: Typer, arguments: Sequence[str]) -> int:
    """Run ``arguments``; the library explains a wrong call and ends with its status."""
    tree(args=list(arguments), prog_name="fusuma")
    return ExitCode.OK


def _call_for_json(tree: Typer, arguments: Sequence[str]) -> int:
    """Run ``arguments`` and return the status; a wrong call is reported as one JSON object."""
    # The library has no public name for what all its complaints have in common.
    from typer import Abort  # noqa: PLC0415
    from typer._click.exceptions import UsageError  # noqa: PLC0415

    try:
        ended = tree(args=list(arguments), prog_name="fusuma", standalone_mode=False)
    except UsageError as error:
        asked = "fusuma" if error.ctx is None else error.ctx.command_path
        what = error.format_message().replace("Value error, ", "").removesuffix(".")
        _report("UsageError", what, asked, f"see {asked} --help", as_json=True)
        return ExitCode.BAD_INPUT
    except Abort:
        _report("Abort", "the question was not answered", "", "say it with an option", as_json=True)
        return ExitCode.NO
    return ended if isinstance(ended, int) else ExitCode.OK


def _blocked(error: OSError, *, as_json: bool) -> int:
    """Report a file that cannot be read or written; anything else of the system is a fault."""
    if error.filename is None and error.errno not in _FULL:
        return _fault(error, as_json=as_json)
    where = "" if error.filename is None else os.fsdecode(error.filename)
    what = f"the system does not let us ({error.strerror})"
    _report(type(error).__name__, what, where, _MAKE_WAY, as_json=as_json)
    return ExitCode.BAD_INPUT


def _fault(fault: Exception, *, as_json: bool) -> int:
    _report(
        type(fault).__name__,
        "fusuma stopped because of a fault of its own",
        "",
        "set FUSUMA_DEBUG=1 and run it again to see where; please report it (SECURITY.md "
        "says how, if it may matter to someone's data)",
        as_json=as_json,
    )
    return ExitCode.INTERNAL


def _report(kind: str, what: str, where: str, fix: str, *, as_json: bool) -> None:
    if os.environ.get("FUSUMA_DEBUG") == "1":
        traceback.print_exc()
    if as_json:
        fields = {"error": kind, "what": what, "where": where, "fix": fix}
        print(json.dumps(fields, ensure_ascii=False), file=sys.stderr)  # noqa: T201
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console(stderr=True, soft_wrap=True)
    line = Text("error: ", style="bold red")
    line.append(f"{where}: " if where else "", style="bold")
    line.append(what, style="not bold default")
    console.print(line, highlight=False)
    if fix:
        console.print(Text(f"  {fix}", style="default"), highlight=False)


def _said(status: int) -> int:
    """Return ``status``, having said so if a signal is its reason."""
    if status in (ExitCode.INTERRUPTED, ExitCode.TERMINATED):
        print(ExitCode(status).name.lower(), file=sys.stderr)  # noqa: T201
    return status
