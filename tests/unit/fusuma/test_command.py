from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest
import typer

from fusuma import __version__, command, nouns
from fusuma.exit_codes import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

# A part like any other: a module with a Typer application called `app`.
_PART = """
import typer
from matcher.core.errors import {error}

app = typer.Typer()

@app.command("probe")
def probe(as_json: bool = typer.Option(False, "--json")) -> None:
    raise {raised}
"""


@pytest.fixture
def probe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Install a noun `probe` whose one command raises what the test says."""

    def install(raised: str, error: str = "FusumaError") -> None:
        (tmp_path / "fusuma_probe_part.py").write_text(_PART.format(error=error, raised=raised))
        monkeypatch.syspath_prepend(str(tmp_path))
        monkeypatch.delitem(sys.modules, "fusuma_probe_part", raising=False)
        noun = nouns.Noun("probe", "fusuma_probe_part", "Fail on purpose.", single=True)
        monkeypatch.setattr(nouns, "NOUNS", (*nouns.NOUNS, noun))

    return install


def test_an_error_is_one_line_with_place_and_a_line_with_advice(
    probe, capsys: pytest.CaptureFixture[str]
) -> None:
    probe(
        "InvalidCohort('the cohort is empty', where='c.csv', fix='list a subject')", "InvalidCohort"
    )
    assert command.run(["probe"]) == ExitCode.BAD_INPUT
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "error: c.csv: the cohort is empty\n  list a subject\n"


def test_square_brackets_in_an_error_are_text(probe, capsys: pytest.CaptureFixture[str]) -> None:
    probe("InvalidFile('expected [1, 2] or [bold]')", "InvalidFile")
    command.run(["probe"])
    assert capsys.readouterr().err == "error: expected [1, 2] or [bold]\n"


def test_with_json_an_error_is_one_object(probe, capsys: pytest.CaptureFixture[str]) -> None:
    probe("PolicyRefused('not approved', fix='approve it')", "PolicyRefused")
    assert command.run(["probe", "--json"]) == ExitCode.REFUSED
    assert json.loads(capsys.readouterr().err) == {
        "error": "PolicyRefused",
        "what": "not approved",
        "where": "",
        "fix": "approve it",
    }


@pytest.mark.parametrize(
    ("arguments", "what", "where"),
    [
        (["programme", "check"], "Missing argument 'FILE'", "fusuma programme check"),
        (
            ["programme", "chek"],
            "No such command 'chek'. Did you mean 'check'?",
            "fusuma programme",
        ),
        (["programm"], "No such command 'programm'. Did you mean 'programme'?", "fusuma"),
        (["programme", "plan", "a", "--sheme"], "No such option: --sheme", "fusuma programme plan"),
        (
            ["programme", "simulate", "a", "--subjects", "0"],
            "Invalid value for '--subjects': Input should be greater than or equal to 1",
            "fusuma programme simulate",
        ),
        (
            ["programme", "new", "a", "--unit", "family"],
            "Invalid value for '--unit': 'family' is not one of 'person', 'household'",
            "fusuma programme new",
        ),
        (["agency", "approve", "a/b"], "Missing option '--config'", "fusuma agency approve"),
    ],
)
def test_with_json_a_wrong_call_is_one_object_too(
    arguments: list[str], what: str, where: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.run([*arguments, "--json"]) == ExitCode.BAD_INPUT
    captured = capsys.readouterr()
    assert captured.out == ""
    said = json.loads(captured.err)
    assert said.pop("what").startswith(what)
    assert said == {"error": "UsageError", "where": where, "fix": f"see {where} --help"}


def test_for_people_a_wrong_call_comes_with_its_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run(["programme", "chek"]) == ExitCode.BAD_INPUT
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Usage: fusuma programme" in captured.err
    assert "Did you mean 'check'?" in captured.err


def test_a_fault_shows_neither_traceback_nor_its_own_words(
    probe, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FUSUMA_DEBUG", raising=False)
    probe("ValueError('income 5447')")
    assert command.run(["probe"]) == ExitCode.INTERNAL
    captured = capsys.readouterr().err
    assert "5447" not in captured
    assert "Traceback" not in captured
    assert "FUSUMA_DEBUG=1" in captured


@pytest.mark.parametrize(
    ("raised", "place"),
    [
        ("PermissionError(13, 'Permission denied', '/there/it.txt')", "/there/it.txt: "),
        ("OSError(28, 'No space left on device')", ""),
    ],
)
def test_a_file_that_cannot_be_written_is_the_readers_to_mend(
    probe, capsys: pytest.CaptureFixture[str], raised: str, place: str
) -> None:
    probe(raised)
    assert command.run(["probe"]) == ExitCode.BAD_INPUT
    shown = capsys.readouterr().err
    assert shown.startswith(f"error: {place}the system does not let us (")
    assert "free space" in shown


def test_a_directory_in_an_impossible_place_is_bad_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("no directory")
    for words in (["pki", "init", "--agency", "tax"], ["enclave", "init"]):
        assert command.run([*words, str(tmp_path / "file" / "below")]) == ExitCode.BAD_INPUT
        assert "Not a directory" in capsys.readouterr().err


def test_debugging_shows_the_traceback(
    probe, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FUSUMA_DEBUG", "1")
    probe("ValueError('broken')")
    command.run(["probe"])
    assert "Traceback" in capsys.readouterr().err


def test_ctrl_c_says_interrupted(probe, capsys: pytest.CaptureFixture[str]) -> None:
    probe("KeyboardInterrupt")
    assert command.run(["probe"]) == ExitCode.INTERRUPTED
    assert capsys.readouterr().err == "interrupted\n"


def test_a_part_may_end_with_a_status_of_its_own(probe) -> None:
    probe("typer.Exit(1)")
    assert command.run(["probe"]) == ExitCode.NO


def test_version_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run(["--version"]) == ExitCode.OK
    assert capsys.readouterr().out == f"fusuma {__version__}\n"


def test_help_lists_every_noun_and_every_status(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run(["--help"]) == ExitCode.OK
    words = capsys.readouterr().out.split()
    assert {noun.name for noun in nouns.NOUNS} <= set(words)
    assert {str(int(code)) for code in ExitCode} <= set(words)


@pytest.mark.parametrize("arguments", [[], ["nothing-like-it"], ["--nothing-like-it"]])
def test_wrong_usage_is_bad_input(arguments: list[str]) -> None:
    assert command.run(arguments) == ExitCode.BAD_INPUT


@pytest.mark.parametrize("noun", nouns.NOUNS, ids=lambda noun: noun.name)
def test_every_noun_has_help(noun: nouns.Noun, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run([noun.name, "--help"]) == ExitCode.OK
    shown = capsys.readouterr().out
    assert shown.startswith(f"Usage: fusuma {noun.name} ")
    assert "..." not in shown.replace("[ARGS]...", ""), "a line of help was cut"


def _verbs() -> list[tuple[str, str]]:
    found = []
    for noun in nouns.NOUNS:
        if not noun.single:
            group = typer.main.get_group(noun.load())
            found += [(noun.name, verb) for verb in group.list_commands(typer.Context(group))]
    return found


@pytest.mark.parametrize(("noun", "verb"), _verbs(), ids=map(" ".join, _verbs()))
def test_every_verb_has_help(noun: str, verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run([noun, verb, "--help"]) == ExitCode.OK
    shown = capsys.readouterr().out
    assert shown.startswith(f"Usage: fusuma {noun} {verb} ")
    assert not [word for word in ("--config <path>", "{directory}", "{file}") if word in shown]


@pytest.mark.parametrize(
    "arguments",
    [
        ["match"],
        ["match", "--no-such-option"],
        ["programme"],
        ["programme", "check"],
        ["matcher", "serve"],
        ["demo", "more"],
        ["demo", "--residents", "many"],
    ],
)
def test_wrong_usage_of_a_noun_is_bad_input(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.run(arguments) == ExitCode.BAD_INPUT
    assert "Usage: fusuma" in "".join(capsys.readouterr())
