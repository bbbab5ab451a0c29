"""Writes the verdicts of a run next to their subjects: one line a subject, in the cohort's order.

The columns are ``subject`` and ``verdict`` and, where the programme has outcomes, ``outcome`` and
``amount``, which are empty for whoever gets nothing.

Rules:
 * The file appears whole or not at all: it is written under another name and then renamed.
 * An existing file is replaced only if the caller says so.
 * Verdicts are personal data: the file is readable by its owner alone.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from clients.requester.decided import Decided
from clients.tabular.rows import Array
from matcher.core.errors import InvalidInput
from matcher.core.verdict import Verdict

_SUFFIXES = (".csv", ".parquet")
_WORDS = pa.array([verdict.word for verdict in Verdict], pa.string())
_NEEDS_QUOTES = (b'"', b",", b"\r", b"\n")


def check_destination(path: Path, *, replace: bool) -> None:
    """Check before a run that its verdicts can be written to ``path``.

    Raises:
        InvalidInput: the kind of file is not known, its directory does not exist or may not be
            written to, or the file is there and may not be replaced.
    """
    if path.suffix.lower() not in _SUFFIXES:
        raise InvalidInput(
            "the kind of file is not known", where=str(path), fix="use a .csv or .parquet file"
        )
    try:
        reachable, taken = path.parent.is_dir(), path.exists()
        held = path.is_dir()
    except OSError as error:
        raise _unwritable(path, error) from None
    if not reachable:
        raise InvalidInput(
            "there is no such directory", where=str(path.parent), fix="make it, or choose another"
        )
    if taken and not replace:
        raise InvalidInput(
            "the file exists already", where=str(path), fix="choose another name, or use --force"
        )
    if held:
        raise InvalidInput("this is a directory", where=str(path), fix="choose another name")
    # Better now than when a long run has ended.
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise InvalidInput(
            "nothing can be written to this directory",
            where=str(path.parent),
            fix="check its permissions, or choose another",
        )


def write_verdicts(path: Path, subjects: Array, decided: Decided, *, replace: bool) -> None:
    """Write one row a subject to ``path``, as CSV or Parquet by its suffix.

    Args:
        path: ends in ``.csv`` or ``.parquet``.
        subjects: n texts.
        decided: verdicts and outcomes of n subjects.
        replace: whether an existing file may be replaced.

    Raises:
        InvalidInput: the file cannot be written there.
    """
    check_destination(path, replace=replace)
    words = pa.DictionaryArray.from_arrays(pa.array(decided.verdicts.astype(np.int8)), _WORDS)
    columns = {"subject": subjects, "verdict": words.cast(pa.string())}
    table = pa.table(columns | _outcome_columns(decided))
    draft = path.with_name(f".fusuma-{secrets.token_hex(8)}")
    try:
        descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            _write(file, table, path.suffix.lower())
        if replace:
            draft.replace(path)
        else:
            # Unlike a rename, a link never replaces a file that appeared meanwhile.
            path.hardlink_to(draft)
    except OSError as error:
        raise _unwritable(path, error) from None
    finally:
        # The first error is the one to tell.
        with suppress(OSError):
            draft.unlink()


def _outcome_columns(decided: Decided) -> dict[str, Array]:
    if not decided.outcomes:
        return {}
    tiers = decided.tiers
    at = pa.array(tiers, mask=tiers < 0)
    names = pa.array([outcome.name for outcome in decided.outcomes], pa.string())
    amounts = pa.array(decided.amounts, pa.int64())
    return {"outcome": names.take(at), "amount": amounts.take(at)}


def _write(file: Any, table: Any, suffix: str) -> None:
    if suffix == ".parquet":
        pyarrow.parquet.write_table(table, file)
        return
    # The writer either quotes every text or none: quote only where a name makes it necessary.
    quoted = any(
        _needs_quotes(column) for column in table.columns if pa.types.is_string(column.type)
    )
    pyarrow.csv.write_csv(
        table,
        file,
        pyarrow.csv.WriteOptions(
            quoting_style="needed" if quoted else "none", quoting_header="none"
        ),
    )


def _needs_quotes(column: Any) -> bool:
    """Return whether a character that CSV gives a meaning occurs in any text of ``column``."""
    for chunk in column.chunks:
        _, _, data = chunk.buffers()
        # Of all texts at once: a pattern tried on each takes thirty times as long. A buffer may
        # hold more than the chunk shows; then quotes that nobody needs do no harm.
        texts = b"" if data is None else data.to_pybytes()
        if any(mark in texts for mark in _NEEDS_QUOTES):
            return True
    return False


def _unwritable(path: Path, error: OSError) -> InvalidInput:
    reason = error.strerror or type(error).__name__
    return InvalidInput(
        f"the verdicts cannot be written ({reason})",
        where=str(path),
        fix="check permissions and free space, or choose another place",
    )
