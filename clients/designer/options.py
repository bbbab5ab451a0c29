"""Options that the commands of ``fusuma programme`` share, and what they mean.

Rules:
 * Without ``--date`` today counts, or the programme's first day where today lies outside its
   validity. A day outside the validity is refused by every command.
 * An error about an option names the option.
 * The legal table is the file named, or else the one beside the programme, or else empty.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from clients.review.legal import Providers
from matcher.core.asking import MOST_AGENCIES
from matcher.core.errors import InvalidConfiguration, ProgrammeNotValid
from matcher.core.grants import GrantTable
from matcher.core.identifiers import AgencyId, Role, agency_id
from matcher.core.nearest import nearest
from matcher.core.programme import Programme
from matcher.language import load_grants
from matcher.language.fields import located

GRANTS_FILE = "grants.yaml"
PROPORTIONS_FILE = "proportions.csv"

File = Annotated[Path, typer.Argument(help="The programme, a YAML file.", metavar="FILE")]
Day = Annotated[
    str, typer.Option("--date", help="The day that counts, YYYY-MM-DD.", metavar="DATE")
]
Json = Annotated[bool, typer.Option("--json", help="Write one JSON object.")]
Grants = Annotated[
    Path | None,
    typer.Option(
        "--grants",
        help=f"The legal table; without it {GRANTS_FILE} beside the file.",
        metavar="FILE",
    ),
]
ProviderOptions = Annotated[
    list[str] | None,
    typer.Option(
        "--provider",
        help="An agency of a role, if it is not called like it; repeatable.",
        metavar="ROLE=AGENCY",
    ),
]

Agencies = Annotated[
    list[str] | None,
    typer.Option(
        "--agencies",
        help="How many agencies of a role to plan for, where they are not named; repeatable.",
        metavar="ROLE=COUNT",
    ),
]


Parameters = Annotated[
    str,
    typer.Option(
        "--parameters",
        help="The scheme's parameter set; without it the cheapest that carries the programme.",
        metavar="NAME",
    ),
]


def day_of(programme: Programme, written: str) -> date:
    """Return the day that counts: ``written``, or the default above where it is empty.

    Raises:
        InvalidConfiguration: it is not a date.
        ProgrammeNotValid: it lies outside the programme's validity.
    """
    day = any_day_of(programme, written)
    try:
        programme.check_valid_on(day)
    except ProgrammeNotValid as error:
        raise ProgrammeNotValid(error.what, where="--date", fix=error.fix) from error
    return day


def any_day_of(programme: Programme, written: str) -> date:
    """Return the same, whether or not the programme is valid then.

    Raises:
        InvalidConfiguration: it is not a date.
    """
    if written:
        try:
            return date.fromisoformat(written)
        except ValueError:
            raise InvalidConfiguration(
                f"{written[:40]!r} is not a date", where="--date", fix="write it as 2026-04-01"
            ) from None
    # A command line reads the clock; nothing below it does.
    today = date.today()  # noqa: DTZ011 - a day of the designer's own calendar
    begun = programme.valid_from <= today
    return today if begun and today <= (programme.valid_to or today) else programme.valid_from


def grants_of(file: Path, named: Path | None) -> GrantTable:
    """Return the legal table for the programme in ``file``.

    Raises:
        InvalidFile, InvalidGrantTable: it is not usable; says where.
    """
    beside = file.parent / GRANTS_FILE
    if named is None and not beside.exists():
        return GrantTable(())
    return load_grants(named or beside)


def providers_of(programme: Programme, written: list[str] | None) -> Providers:
    """Return the agencies that ``--provider`` names, by role, in the order of their names.

    Raises:
        InvalidConfiguration: one is not written as role=agency, or is of a role that is not asked.
    """
    agencies: dict[Role, set[AgencyId]] = {}
    for pair in written or ():
        role, equals, agency = pair.partition("=")
        if not equals:
            raise InvalidConfiguration(
                f"{pair[:80]!r} does not map a role to an agency",
                where="--provider",
                fix="write role=agency",
            )
        _check_role(programme, role, "--provider")
        named = located("--provider", agency_id, agency)
        agencies.setdefault(Role(role), set()).add(named)
    return {role: tuple(sorted(named)) for role, named in agencies.items()}


def counts_of(programme: Programme, written: list[str] | None) -> dict[Role, int]:
    """Return how many agencies ``--agencies`` gives to roles of ``programme``.

    Raises:
        InvalidConfiguration: one is not written as role=count, is of a role that is not asked or
            was named before, or is more than there can be.
    """
    counts: dict[Role, int] = {}
    for pair in written or ():
        role, _, count = pair.partition("=")
        if not (count.isascii() and count.isdecimal()):
            raise InvalidConfiguration(
                f"{pair[:80]!r} does not say how many agencies a role has",
                where="--agencies",
                fix="write role=2",
            )
        _check_role(programme, role, "--agencies")
        if role in counts:
            raise InvalidConfiguration(
                f"the role {role} is named twice", where="--agencies", fix="name it once"
            )
        if not 1 <= int(count) <= MOST_AGENCIES:
            raise InvalidConfiguration(
                f"{count[:20]} agencies cannot answer for the role {role}",
                where="--agencies",
                fix=f"choose 1 to {MOST_AGENCIES}",
            )
        counts[Role(role)] = int(count)
    return counts


def _check_role(programme: Programme, role: str, option: str) -> None:
    if role not in programme.items():
        raise InvalidConfiguration(
            f"the programme asks no role {role[:80]!r}",
            where=option,
            fix=nearest(role, programme.items()),
        )
