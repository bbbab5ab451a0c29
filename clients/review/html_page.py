"""Markdown as one HTML page that needs nothing else.

Rules:
 * The Markdown is the only source: a page says nothing that the Markdown does not.
 * HTML in the Markdown is shown, never let through; there are no scripts, no images, and nothing is
   loaded from elsewhere (a policy in the page says so too).
 * The page names its language, and its tables and headings are what they look like, for people who
   have it read to them.
"""

from __future__ import annotations

from html import escape
from string import Template

from markdown_it import MarkdownIt

from clients.review.markdown import Markdown

_PAGE = Template("""\
<!doctype html>
<html lang="$language">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>$title</title>
<style>
body { font: 1rem/1.6 sans-serif; color: #1a1a1a; background: #fff; max-width: 62rem;
  margin: 2rem auto; padding: 0 1rem; }
h1, h2 { line-height: 1.3; }
h2 { margin-top: 2.2rem; border-bottom: 1px solid #767676; }
.table { overflow-x: auto; }
table { border-collapse: collapse; }
th, td { border: 1px solid #767676; padding: .3rem .6rem; text-align: left; vertical-align: top; }
th { background: #f0f0f0; }
code { overflow-wrap: anywhere; }
strong { color: #a40000; }
@media print { body { max-width: none; margin: 0; } }
</style>
</head>
<body>
<main>
$content</main>
</body>
</html>
""")


def html_page(markdown: Markdown, *, title: str, language: str) -> str:
    """Return ``markdown`` as a page.

    Args:
        markdown: CommonMark with tables.
        title: of the browser's window; text.
        language: of the whole page, a BCP 47 tag.
    """
    parser = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    content = parser.render(markdown)
    content = content.replace("<table>", '<div class="table"><table>')
    content = content.replace("</table>", "</table></div>").replace("<th>", '<th scope="col">')
    return _PAGE.substitute(language=escape(language), title=escape(title), content=content)
