"""Markdown as people write it here, as HTML that is safe to show to others.

CommonMark with tables and strikethrough. HTML in the text stays text; pictures are not shown, their address becomes a
link; links lead to `http://`, `https://` and `mailto:` only. Whatever the renderer lets through passes a sanitiser with
a list of its own.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

ADDRESS = re.compile(r"(https?://[^\s/\\?#]+[^\s\\]*|mailto:[^\s/\\][^\s\\]*)", re.IGNORECASE)
MENTION = re.compile(r"(?<![\w@.+/-])@([^\W_][\w.@+-]{1,63})")
TAGS = {
    "p", "br", "hr", "h3", "h4", "h5", "h6", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a",
    "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
FIRST_HEADING = 3
"""A page that shows the text has its own first and second headings."""


def _may_link_to(address: str) -> bool:
    return ADDRESS.fullmatch(address) is not None


def _reader() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False, "breaks": True})
    made.enable(["table", "strikethrough"]).disable(["image", "html_block", "html_inline"])
    made.validateLink = _may_link_to  # type: ignore[method-assign, assignment]  # the library's way to say which links it takes
    return made


_READER = _reader()


@lru_cache(maxsize=512)
def html_of(text: str) -> str:
    """The text as HTML: inert, headings from h3 down, no attributes but `href` and `rel` of links, `start` of lists."""
    tokens = _READER.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1:]) + FIRST_HEADING - 1)}"
    raw = _READER.renderer.render(tokens, _READER.options, {})
    return nh3.clean(
        raw,
        tags=TAGS,
        attributes={"a": {"href"}, "ol": {"start"}},
        attribute_filter=_kept,
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener noreferrer",
    )


def _kept(tag: str, attribute: str, value: str) -> str | None:
    if attribute == "href" and not _may_link_to(value):
        return None
    return value


def mentioned_in(text: str) -> list[str]:
    """The usernames behind `@` in what is said, in their order, each once; not those in code or in links' addresses.

    A name may be followed by the full stop of its sentence, which names may have as well: both readings are given,
    the longer first.
    """
    found: dict[str, None] = {}
    for said in _said(_READER.parse(text)):
        for match in MENTION.finditer(said):
            name = match[1]
            while len(name) > 1:
                found.setdefault(name)
                if name[-1] not in ".@+-_":
                    break
                name = name[:-1]
    return list(found)


def _said(tokens: list[Token]) -> Iterator[str]:
    """The running text of each block, with code left out."""
    for token in tokens:
        if token.type == "inline":
            yield "".join(
                child.content if child.type == "text" else " " if child.type in ("code_inline", "softbreak") else ""
                for child in token.children or ()
            )
