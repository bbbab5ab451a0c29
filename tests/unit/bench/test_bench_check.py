"""The benchmark of ``check`` measures the command and its work on the same file."""

from __future__ import annotations

import json

from typer.testing import CliRunner

from bench.command import app


def test_the_command_takes_longer_than_the_work_in_it() -> None:
    written = CliRunner().invoke(app, ["check", "--repeats", "1", "--json"])
    assert written.exit_code == 0, written.output
    report = json.loads(written.stdout)
    assert (report["attributes"], report["outcomes"]) == (64, 8)
    assert 0 < report["check_seconds"] < report["command_seconds"]
