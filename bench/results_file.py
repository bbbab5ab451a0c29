"""Results of a benchmark as a JSON file, written and read.

Rules:
 * A file appears whole or not at all.
 * The file says which format it has; another version of this program says so instead of guessing.
 * What figures are divided by is there and positive, so that whoever reads results can divide.
 * Seeds, digests, versions and every counted value are in the file: medians can be recomputed.
"""

from __future__ import annotations

import json
import os
import secrets
from contextlib import suppress
from pathlib import Path

from bench.json_values import from_json, to_json
from bench.results import PeerMeasurement, Phase, Results
from bench.spread import Spread
from matcher.core.errors import InvalidFile

FORMAT = 1
MOST_BYTES = 64 * 1024 * 1024
_ANOTHER = "name a results.json that `fusuma bench run` wrote, as it was written"


def write_results(results: Results, path: Path) -> None:
    """Write ``results`` to ``path``, replacing what is there.

    Raises:
        OSError: the file cannot be written.
    """
    document = {"format": FORMAT, "results": to_json(results)}
    write_whole(path, json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False) + "\n")


def read_results(path: Path) -> Results:
    """Read what ``write_results`` wrote.

    Raises:
        InvalidFile: it is missing, not JSON, of another format, or not results; says where.
    """
    document = _parsed(path)
    if not isinstance(document, dict) or not {"format", "results"} <= document.keys():
        raise InvalidFile(
            "these are not the results of a benchmark",
            where=str(path),
            fix=_ANOTHER,
        )
    if document["format"] != FORMAT:
        raise InvalidFile(
            f"the results have the format {str(document['format'])[:20]}, and only {FORMAT} is "
            "known here",
            where=str(path),
            fix="measure again with this version, or read it with the one that wrote it",
        )
    where = f"{path}: results"
    try:
        results = from_json(Results, document["results"], where)
        _check_divisible(results, where)
    except InvalidFile as error:
        error.fix = _ANOTHER
        raise
    return results


def _check_divisible(results: Results, where: str) -> None:
    """Check what every rate and ratio divides by: somebody was decided, and that took time."""
    for number, one in enumerate(results.measurements):
        place = f"{where}.measurements[{number}]"
        if Phase.END_TO_END not in one.seconds:
            raise InvalidFile("the phase end_to_end is missing", where=f"{place}.seconds")
        _check_time(one.seconds[Phase.END_TO_END], f"{place}.seconds.end_to_end")
        _check_decided(one.scenario.subjects, f"{place}.scenario.subjects")
    for number, peer in enumerate(results.peers):
        if isinstance(peer, PeerMeasurement):
            place = f"{where}.peers[{number}]"
            _check_time(peer.seconds, f"{place}.seconds")
            _check_decided(peer.subjects, f"{place}.subjects")


def _check_time(spread: Spread, where: str) -> None:
    if spread.low <= 0:
        raise InvalidFile("this is not a time that passed", where=where)


def _check_decided(subjects: int, where: str) -> None:
    if subjects < 1:
        raise InvalidFile("nobody was decided", where=where)


def write_whole(path: Path, text: str) -> None:
    """Write ``text`` to ``path`` so that nobody ever sees half of it.

    Raises:
        OSError: the file cannot be written.
    """
    draft = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    try:
        with draft.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        with suppress(OSError):
            draft.unlink()


def _parsed(path: Path) -> object:
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise InvalidFile(
            f"the file cannot be read ({error.strerror or 'no reason given'})",
            where=str(path),
            fix="check the path and its permissions",
        ) from error
    if len(data) > MOST_BYTES:
        raise InvalidFile(
            f"the file is larger than {MOST_BYTES >> 20} MiB", where=str(path), fix=_ANOTHER
        )
    try:
        return json.loads(data)
    except json.JSONDecodeError as error:
        where = f"{path}:{error.lineno}:{error.colno}"
        raise InvalidFile("this is not JSON", where=where, fix=_ANOTHER) from error
    except (ValueError, RecursionError) as error:
        raise InvalidFile("this is not JSON", where=str(path), fix=_ANOTHER) from error
