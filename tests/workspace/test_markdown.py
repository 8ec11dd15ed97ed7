"""What people write in Markdown, as others see it."""

import re
from html.parser import HTMLParser

import pytest

from services.workspace.markdown import html_of, mentioned_in

ATTACKS = (
    "[x](javascript:alert(1))", "[x](JaVaScRiPt:alert(1))", "[x](javascript&#58;alert(1))",
    "[x](java&Tab;script:alert(1))", "[x](&#x6A;avascript:alert(1))", "[a\nb]( javascript:alert(1)\n)",
    "[x](<javascript:alert(1)>)", "[x](<java\tscript:alert(1)>)", "[x][y]\n\n[y]: javascript:alert(1)",
    "<javascript:alert(1)>", '![" onerror=alert(1) ](x)', "![x](https://evil.example/p.png)",
    "![x](data:image/svg+xml;base64,PHN2Zz4=)", "<img src=x onerror=alert(1)>", "<script>alert(1)</script>",
    "<svg onload=alert(1)>", "[x](data:text/html;base64,PHNjcmlwdD4=)", "[x](//evil.example)", "[x](/\\evil.example)",
    "[x](\\\\evil.example)", "[x](vbscript:x)", "[x](file:///etc/passwd)", "[x](https:evil.example)",
    '[x](https://ok.example "t" onmouseover=alert(1))', '[x](https://ok.example/"onmouseover="alert(1))',
    "[x](/desk)", "[x](#a)", "<a href='javascript:alert(1)'>x</a>", "<!-- --><b onclick=x>", "`<b>`", "&lt;script&gt;",
    "```\n</code></pre><script>\n```", "<https://ok.example/\"><script>alert(1)</script>>", "# <img src=x>",
    "|a|\n|:-:|\n|<img src=x onerror=alert(1)>|", "[x](mailto:a@b.example?body=<script>)", "[x](mailto://evil.example)",
)  # fmt: skip
TAGS = {
    "p", "br", "hr", "h3", "h4", "h5", "h6", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a",
    "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip


class Reader(HTMLParser):
    """Reads as a browser does: which elements there are, with which attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)


def elements(html: str) -> list[tuple[str, dict[str, str | None]]]:
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader.found


@pytest.mark.parametrize("text", ATTACKS)
def test_attacks_are_inert(text: str):
    for tag, attributes in elements(html_of(text)):
        assert tag in TAGS
        assert attributes.keys() <= ({"href", "rel"} if tag == "a" else {"start"} if tag == "ol" else set())
        if tag == "a" and "href" in attributes:
            assert re.match(r"(https?://[^/\\]|mailto:[^/\\])", attributes["href"] or "")


def test_what_people_mean_is_shown():
    assert html_of("**a** *b* ~~c~~ `d`") == ("<p><strong>a</strong> <em>b</em> <s>c</s> <code>d</code></p>\n")
    assert html_of("1. a\n2. b") == "<ol>\n<li>a</li>\n<li>b</li>\n</ol>\n"
    assert html_of("[Manzanillo](https://www.puertomanzanillo.com.mx/?a=1&b=2)") == (
        '<p><a href="https://www.puertomanzanillo.com.mx/?a=1&amp;b=2" rel="nofollow noopener noreferrer">'
        "Manzanillo</a></p>\n"
    )
    assert 'href="mailto:a@example.org"' in html_of("[Ana](mailto:a@example.org)")
    assert "<td>1</td>" in html_of("|a|\n|-|\n|1|")
    assert html_of("uno\ndos") == "<p>uno<br>\ndos</p>\n"
    assert html_of("") == ""


def test_headings_leave_the_first_two_levels_to_the_page():
    assert html_of("# A\n\n## B\n\n###### C") == "<h3>A</h3>\n<h4>B</h4>\n<h6>C</h6>\n"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Hola @ana, ¿y @luis?", ["ana", "luis"]),
        ("@ana @ana", ["ana"]),
        ("(@ana) **@luis**", ["ana", "luis"]),
        ("@ana.", ["ana.", "ana"]),
        ("@luis_perez", ["luis_perez"]),
        ("@José", ["José"]),
        ("ana@example.org", []),
        ("`@ana` y\n\n```\n@luis\n```", []),
        ("[x](https://example.org/@ana)", []),
        ("@ a @", []),
    ],
)
def test_who_is_mentioned(text: str, names: list[str]):
    assert mentioned_in(text) == names
