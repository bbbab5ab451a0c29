"""``fusuma agency approve`` and ``programmes``: what an agency answers, decided by itself.

Rules:
 * Nothing is approved that has not been shown: the assessment from this agency's side, and what has
   changed since the version it approved before.
 * An approval is of a digest. Whoever approves types the beginning of the one that is shown, or
   names the whole digest beforehand.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import sys
from collections.abc import Container
from pathlib import Path

import typer
from rich.console import Console
from rich.markdown import Markdown as Rendered
from rich.table import Table as Grid
from rich.text import Text

from clients.provider.approvals import Approval
from clients.provider.config import AgencyConfig, load_config
from clients.provider.reviewing import Review, approvals_of, find, review
from clients.review.assessment_document import assessment_document
from clients.review.comparison_text import comparison_lines
from clients.review.library import open_library
from clients.review.phrases import Language
from clients.review.published import Listed
from matcher.core.errors import DigestMismatch, InvalidConfiguration, PermissionMissing
from matcher.core.identifiers import Digest

_TYPED = 8


def approve(
    reference: str,
    config_file: Path,
    *,
    language: Language,
    digest: str,
    role: str,
    requester: str,
    as_json: bool,
) -> None:
    """Show the programme that ``reference`` names and approve it if it is confirmed.

    Raises:
        typer.Exit: with status 1, it is not confirmed.
        FusumaError: it cannot be approved; says why.
    """
    if as_json and not digest:
        raise InvalidConfiguration(
            "a program cannot be asked to confirm", where="--json", fix="name the --digest"
        )
    config = load_config(config_file)
    approvals = approvals_of(config)
    now = dt.datetime.now(dt.UTC)
    found = asyncio.run(_review(config, reference, role, requester, now.date()))
    published = found.published
    if digest and digest.strip().lower() != published.digest.hex():
        raise DigestMismatch(
            f"{published.programme.id} {published.programme.version} has another digest",
            where="--digest",
            fix=f"it is {published.digest.hex()}; look at what it is before you approve it",
        )
    console = Console(highlight=False, quiet=as_json)
    _show(console, found, language)
    if not found.assessment.covered:
        raise PermissionMissing(
            f"this agency's own legal table does not allow what is asked of "
            f"{config.identity.agency}",
            where=f"{published.programme.id} {published.programme.version}",
            fix="add the missing rows to `policy.grants` if there is a law for them",
        )
    if published.digest in approvals:
        _end(found, "approved already", as_json=as_json)
        return
    if not digest:
        _confirm(published.digest.hex())
    approvals.add(
        Approval(
            published.programme.id,
            published.programme.version,
            published.programme.requester,
            published.digest,
            now,
        )
    )
    _end(found, "approved; an agent that is running answers from now on", as_json=as_json)


def programmes(config_file: Path, *, programme: str, requester: str, as_json: bool) -> None:
    """List what is published with the matcher, and what of it this agency has approved."""
    config = load_config(config_file)
    answered = config.policy.programmes
    listed = asyncio.run(_listed(config, programme, requester))
    if as_json:
        rows = [_row_json(one, approved=_approved(answered, one)) for one in listed]
        typer.echo(json.dumps({"programmes": rows}, ensure_ascii=False))
        return
    grid = Grid("programme", "version", "requester", "published", "digest", "approved")
    for one in listed:
        grid.add_row(
            Text(one.key.programme),
            Text(one.key.version),
            one.key.requester,
            _day(one),
            f"{one.digest.hex()[:16]}…",
            "yes" if _approved(answered, one) else "no",
        )
    Console(highlight=False).print(grid if listed else "nothing is published")


async def _review(
    config: AgencyConfig, reference: str, role: str, requester: str, today: dt.date
) -> Review:
    async with open_library(config.identity, config.matcher) as library:
        published = await find(library, reference, requester)
        return await review(config, library, published, role=role, today=today)


async def _listed(config: AgencyConfig, programme: str, requester: str) -> list[Listed]:
    async with open_library(config.identity, config.matcher) as library:
        return [one async for one in library.listed(programme, requester)]


def _show(console: Console, found: Review, language: Language) -> None:
    published, assessment = found.published, found.assessment
    console.print(Rendered(assessment_document(assessment, language)))
    console.print()
    items = ", ".join(name for role in found.roles for name in published.programme.items()[role])
    roles = " and ".join(found.roles)
    _say(console, f"{assessment.programme.requester} asks this agency, as {roles}, for {items}.")
    if found.before is None:
        _say(console, "No version of this programme has been approved here before.")
    elif found.comparison is None:
        _say(
            console,
            f"Version {found.before.version} was approved here before; the matcher does not have "
            "it any more: compare it with your own copy.",
        )
    else:
        _say(console, f"Since version {found.before.version}, which was approved here before:")
        for line in comparison_lines(found.comparison):
            _say(console, f"  {line}")
    _say(console, f"digest {published.digest.hex()}")


def _say(console: Console, text: str) -> None:
    console.print(text, markup=False, soft_wrap=True)


def _confirm(digest: str) -> None:
    if not sys.stdin.isatty():
        raise InvalidConfiguration(
            "nobody is there to confirm",
            where="standard input",
            fix="review the programme in a terminal, or name the whole --digest",
        )
    typed = typer.prompt(f"To approve, type the first {_TYPED} characters of the digest")
    if str(typed).strip().lower() != digest[:_TYPED]:
        typer.echo("these are others: nothing is approved", err=True)
        raise typer.Exit(1)


def _end(found: Review, how: str, *, as_json: bool) -> None:
    published = found.published
    if as_json:
        content = {
            "programme": published.programme.id,
            "version": published.programme.version,
            "requester": published.programme.requester,
            "digest": published.digest.hex(),
            "roles": list(found.roles),
            "replaces": None if found.before is None else found.before.digest.hex(),
            "changes": None if found.comparison is None else found.comparison.to_json(),
            "assessment": found.assessment.to_json(),
        }
        typer.echo(json.dumps(content, ensure_ascii=False))
    else:
        typer.echo(f"{published.programme.id} {published.programme.version}: {how}")


def _approved(answered: Container[Digest] | None, one: Listed) -> bool:
    return answered is None or one.digest in answered


def _row_json(one: Listed, *, approved: bool) -> dict[str, object]:
    return {
        "requester": one.key.requester,
        "programme": one.key.programme,
        "version": one.key.version,
        "digest": one.digest.hex(),
        "published_at": one.published_at,
        "approved": approved,
    }


def _day(one: Listed) -> str:
    return dt.datetime.fromtimestamp(one.published_at, dt.UTC).date().isoformat()
