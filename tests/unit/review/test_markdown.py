from __future__ import annotations

import re
from html import unescape

import pytest

from clients.review.html_page import html_page
from clients.review.markdown import (
    Markdown,
    alarm,
    bullets,
    code,
    document,
    grid,
    heading,
    paragraph,
    plain,
)

HOSTILE = (
    "<script>alert(1)</script>",
    "<!-- hidden -->",
    "</main><h1>x",
    "a | b",
    "# heading",
    "1. one",
    "1) one",
    "- one",
    "+ one",
    "---",
    "===",
    "> quoted",
    "    code",
    "~~~",
    "```",
    "*a* _b_ **c** `d`",
    "[here](javascript:alert(1)) ![i](http://example.org/i.png)",
    "<http://example.org>",
    "&amp; &lt;",
    "\\",
    "a\\|b",
    "two\nlines",
    "_a_ a_b_c __init__ 福_祉_",
    "a <b>c</b> <= d > e <a@example.org>",
    "&lt;&#60;&& &",
    "1.",
    "12. twelve",
    "福祉灯油 | 助成",
)


def rendered(markdown: Markdown) -> str:
    page = html_page(markdown, title="t", language="en")
    return page[page.index("<main>") + len("<main>") : page.rindex("</main>")]


def shown(html: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", html)).strip()


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("write", [plain, code, alarm])
def test_text_is_shown_as_it_is_and_makes_nothing_else(text: str, write: object) -> None:
    assert callable(write)
    content = write(text)
    for block in (paragraph(content), bullets([(0, content)]), grid(["a"], [[content]])):
        html = rendered(block)
        assert " ".join(text.split()) in shown(html)
        tags = set(re.findall(r"</?([a-z0-9]+)", html))
        assert tags <= {
            *("p", "ul", "li", "strong", "code"),
            *("div", "table", "thead", "tbody", "tr", "th", "td"),
        }
        assert len(re.findall("<td>", html)) <= 1


@pytest.mark.parametrize("text", HOSTILE)
def test_headings_and_the_windows_title_show_text_as_it_is(text: str) -> None:
    page = html_page(heading(2, text), title=text, language='"><script>')
    assert shown(page[page.index("<h2>") : page.index("</h2>")]) == " ".join(text.split())
    assert shown(page[page.index("<title>") : page.index("</title>")]) == text.strip()
    assert "<script" not in page
    assert page.count("<h1") == 0


def test_lists_nest() -> None:
    html = rendered(bullets([(0, plain("a")), (1, plain("b")), (0, plain("c"))]))
    assert re.sub(r"\s", "", html) == "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>"


def test_a_page_needs_nothing_else_and_says_its_language() -> None:
    markdown = document(
        [heading(1, "表題"), grid(["項目", "根拠"], [[plain("所得"), alarm("なし")]])]
    )
    page = html_page(markdown, title="表題", language="ja")
    assert page.startswith('<!doctype html>\n<html lang="ja">')
    assert '<meta charset="utf-8">' in page
    assert '<th scope="col">項目</th>' in page
    assert "<strong>なし</strong>" in page
    assert not re.search(r"(src|href)=|@import|url\(", page)
    assert "default-src 'none'" in page


def test_names_of_attributes_stay_readable() -> None:
    assert plain("tax.income_bracket <= 3 && x > 2026.1") == "tax.income_bracket <= 3 && x > 2026.1"
    assert code("tax.income_bracket") == "`tax.income_bracket`"
    assert plain("2026-04-01, 10,000 円 (年)") == "2026-04-01, 10,000 円 (年)"
