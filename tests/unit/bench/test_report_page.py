"""A page needs nothing else, says what was and was not measured, and harms nobody."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from html.parser import HTMLParser
from itertools import combinations
from pathlib import Path

import pytest

from bench.report.looks import LOOKS, MEANING, PAPER, RULE, SCHEMES, TITLES
from bench.report.page import check_page, write_page
from bench.results import NotMeasured, PeerSkipped
from bench.scenario import Price
from bench.spread import Spread
from matcher.core.errors import InvalidConfiguration
from matcher.core.scheme import Scheme
from tests.bench_results import measurement, results, scenario
from tests.benchmark_campaign import campaign

VOID = {"meta", "br", "hr", "img", "link"}
HARM = '<script>alert("1")</script>&\'" $\\frac{$'


class Page(HTMLParser):
    """Reads a page and keeps what tests ask about."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"style", "desc", "title"} & set(self.open):
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words).replace("\u00a0", " "))

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("report") / "report.html"
    write_page(campaign(), path)
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(written: str) -> Page:
    return Page(written)


def small(tmp_path: Path, **changes: object) -> str:
    path = tmp_path / "report.html"
    write_page(replace(results(), **changes), path)  # type: ignore[arg-type]
    return path.read_text(encoding="utf-8")


def test_everything_stands_in_the_page(written: str, page: Page) -> None:
    assert not page.open
    assert "http:" not in written
    assert "https:" not in written
    assert "@import" not in written
    assert {"script", "link", "img", "iframe", "object"}.isdisjoint(tag for tag, _ in page.tags)
    for _, attributes in page.tags:
        assert "src" not in attributes
        assert str(attributes.get("href", "#")).startswith("#")
    assert re.findall(r"url\((?!#)", written) == []
    (policy,) = (m["content"] for m in page.named("meta") if "http-equiv" in m)
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"


def test_names_in_the_page_are_unique_and_every_reference_finds_its_own(
    written: str, page: Page
) -> None:
    names = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(names) == len(set(names))
    referred = {str(a["href"])[1:] for _, a in page.tags if "href" in a}
    referred |= set(re.findall(r"url\(#([^)]+)\)", written))
    referred |= {word for _, a in page.tags for word in str(a.get("aria-labelledby") or "").split()}
    assert referred <= set(names)


def test_every_plot_is_described_and_has_its_table(page: Page) -> None:
    plots = page.named("svg")
    assert len(plots) == 12
    assert all(plot["role"] == "img" and plot["viewbox"] for plot in plots)
    assert len(page.named("desc")) == len(plots)
    assert len(page.named("table")) >= len(plots)
    assert len(page.named("caption")) == len(page.named("table"))
    assert {attributes["scope"] for attributes in page.named("th")} == {"col", "row"}


@pytest.mark.parametrize(
    "said",
    [
        "In all 87 scenarios every verdict was the one that the rule gives in the clear",
        "Of 7 marks this system holds itself to",
        "Homomorphic encryption, BGV",
        "verdicts are rounded",
        "less than 0.01 USD",
        "0.05 USD an hour and core",
        "Example Processor 2.5 GHz, 2 cores",
        "7.78 GiB",
        "grpcio 1.85.1",
        "SHA-256 " + "5e" * 32,
        "1947",
        "432 s",
        "its environment is not built; run make bench-peers",
        "Paillier adds ciphertexts and does not multiply them",
        "at least 20,000×",
        "at most 1.5×",
        "at least 600,000 /s",
        "at least 1,000,000 /s",
        "✓ reached",
        "✗ not reached",
        "? not measured",
        "41 bits",
        "bgv-8192-104",
        "the smallest numerator over the largest denominator",
        "P3",
        "The series “clauses”",
        "under several parameter sets",
        "Further scenarios of this set",
        "pension.level <= 2 && housing.level <= 5",
    ],
)
def test_the_page_says(page: Page, said: str) -> None:
    assert said in page.text


def test_the_same_results_give_the_same_page(tmp_path: Path, written: str) -> None:
    write_page(campaign(), tmp_path / "again.html")
    assert (tmp_path / "again.html").read_text(encoding="utf-8") == written


def test_whatever_a_name_looks_like_it_stays_text(tmp_path: Path) -> None:
    harmful = measurement(replace(scenario(HARM), series="predicate", predicate=HARM))
    harmful = replace(harmful, parameters=HARM, mismatches=3, peak_mib={HARM: 1.0})
    changed = replace(
        results(harmful),
        scenario_set=HARM,
        price=Price(0.05, HARM),
        not_measured=(NotMeasured(scenario(HARM), HARM),),
        peers=(PeerSkipped(HARM, HARM, HARM),),
    )
    path = tmp_path / "report.html"
    write_page(changed, path)
    text = path.read_text(encoding="utf-8")
    assert "<script" not in text
    assert not Page(text).named("script")
    assert HARM in Page(text).text


def test_what_was_not_measured_is_said(tmp_path: Path) -> None:
    text = Page(small(tmp_path, measurements=(), peers=(), operations=(), not_measured=())).text
    assert "Nothing was measured." in text
    assert "Every scenario of the set was measured." not in text
    assert text.count("Nothing was measured for this in this set of scenarios.") == 12
    assert "✓ reached" not in text


def test_wrong_verdicts_stand_at_the_top(tmp_path: Path) -> None:
    wrong = measurement(scenario("subjects/bgv/wrong"), mismatches=7)
    text = Page(small(tmp_path, measurements=(wrong,))).text
    assert "7 verdicts differed from what the rule gives in the clear" in text
    assert "subjects/bgv/wrong" in text


def test_one_run_is_called_one_run(tmp_path: Path) -> None:
    found = measurement(scenario())
    once = replace(
        found,
        seconds={phase: Spread.of((0.5,)) for phase in found.seconds},
        cpu_seconds={party: Spread.of((0.5,)) for party in found.cpu_seconds},
    )
    text = Page(small(tmp_path, measurements=(once,))).text
    assert "500 ms (one run)" in text
    assert "in one run" in text


def test_figures_of_nothing_leave_the_rest_standing(tmp_path: Path) -> None:
    found = measurement(scenario())
    none = dict.fromkeys(found.cpu_seconds, Spread.of((0.0, 0.0)))
    clear = measurement(scenario("clear", scheme=Scheme.CLEAR))
    nothing = replace(clear, cpu_seconds=none, bytes_up=0, bytes_down=0, bytes_asked=0)
    assert "–" in Page(small(tmp_path, measurements=(found, nothing))).text


@pytest.mark.parametrize("library", ["jinja2", "matplotlib"])
def test_a_library_that_is_missing_is_named_with_its_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, library: str
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    path = tmp_path / "report.html"
    with pytest.raises(InvalidConfiguration, match=r"\.\[report\]") as refused:
        check_page(path)
    assert refused.value.what.lower().startswith(library)
    with pytest.raises(InvalidConfiguration, match=r"\.\[report\]"):
        write_page(results(), path)
    assert not path.exists()


def test_every_scheme_has_a_look_a_title_and_a_meaning() -> None:
    assert set(SCHEMES) == set(TITLES) == set(MEANING) == set(Scheme)
    assert len({look.marker for look in SCHEMES.values()}) == len(Scheme)
    assert len({look.light for look in LOOKS}) == len(LOOKS)


def test_every_colour_is_seen_on_its_page() -> None:
    for look in LOOKS:
        if look not in (PAPER, RULE):
            assert contrast(look.light, PAPER.light) >= 3, look
            assert contrast(look.dark, PAPER.dark) >= 3, look


@pytest.mark.parametrize("sight", ["protanopia", "deuteranopia", "tritanopia"])
def test_the_colours_of_schemes_keep_apart_for_everybody(sight: str) -> None:
    for shade in ("light", "dark"):
        seen = {look.variable: seen_as(getattr(look, shade), sight) for look in SCHEMES.values()}
        for (one, mine), (other, theirs) in combinations(seen.items(), 2):
            assert distance(mine, theirs) > 10, (one, other, shade)


def contrast(one: str, other: str) -> float:
    """WCAG 2, contrast ratio."""
    brighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    red, green, blue = linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def linear(colour: str) -> list[float]:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]


# Machado, Oliveira, Fernandes: A Physiologically-based Model for Simulation of Color Vision
# Deficiency, 2009; severity 1.
SIGHTS = {
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
XYZ = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
WHITE = (0.9505, 1.0, 1.089)


def seen_as(colour: str, sight: str) -> tuple[float, float, float]:
    """The colour in CIE L*a*b* as somebody with that sight sees it."""
    seen = [min(1.0, max(0.0, part)) for part in product(SIGHTS[sight], linear(colour))]
    x, y, z = (
        part ** (1 / 3) if part > 0.008856 else 7.787 * part + 16 / 116
        for part in (one / white for one, white in zip(product(XYZ, seen), WHITE, strict=True))
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def product(matrix: tuple[tuple[float, ...], ...], vector: list[float]) -> list[float]:
    return [sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]


def distance(one: tuple[float, float, float], other: tuple[float, float, float]) -> float:
    return float(sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) ** 0.5)
