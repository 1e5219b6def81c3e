"""What outputs and prose bring to a page: HTML in which nothing runs, loads or leads outside."""

from __future__ import annotations

import functools
import re
from typing import Any

import mistune
from markupsafe import Markup, escape

DATA_IMAGE = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]+\Z")
OUTSIDE = re.compile(
    r"\s*(?:[a-z][a-z0-9+.-]*:)?//|\s*(?:javascript|vbscript|file|data):", re.IGNORECASE
)


class _Prose(mistune.HTMLRenderer):
    """Markdown whose HTML is shown as text and whose links stay inside the reports."""

    def __init__(self) -> None:
        super().__init__(escape=True, allow_harmful_protocols=False)

    def heading(self, text: str, level: int, **_: Any) -> str:
        return f"<h{level}>{text}</h{level}>\n"

    def link(self, text: str, url: str, title: str | None = None) -> str:
        if OUTSIDE.match(url) or ":" in url.split("/", maxsplit=1)[0]:
            return text
        named = f' title="{escape(title)}"' if title else ""
        return f'<a href="{escape(url)}"{named}>{text}</a>'

    def image(self, text: str, url: str, title: str | None = None) -> str:
        del title
        if not DATA_IMAGE.match(url):
            return str(escape(text))
        return f'<img alt="{escape(text)}" src="{escape(url)}">'


@functools.cache
def _prose() -> mistune.Markdown:
    return mistune.Markdown(
        _Prose(),
        plugins=[mistune.plugins.import_plugin(name) for name in ("table", "strikethrough")],
    )


def markdown(source: str) -> str:
    """Return markdown as HTML in which nothing runs and nothing leads outside."""
    return str(_prose()(source))


_ANYWHERE = (
    "class", "id", "role", "title", "lang", "hidden", "tabindex", "style", "colspan", "rowspan",
    "scope", "headers", "open", "start", "value", "reversed", "for",
)  # fmt: skip
_TAGS = (
    "a", "abbr", "article", "aside", "b", "blockquote", "br", "caption", "cite", "code", "col",
    "colgroup", "dd", "del", "details", "dfn", "div", "dl", "dt", "em", "figcaption", "figure",
    "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "i", "ins", "kbd", "label",
    "li", "main", "mark", "meter", "nav", "ol", "p", "pre", "progress", "q", "s", "section",
    "small", "span", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th",
    "thead", "time", "tr", "u", "ul", "var", "wbr", "img",
)  # fmt: skip
# By these the scripts of a page find what is theirs.
_OUR_DATA = {"data-figure", "data-tool", "data-size", "data-drawn", "data-search", "data-theme"}
_OUR_NAMES = re.compile(
    r"(?:figure-\d+(?:-data)?|page-\w+|plot-templates|plotly-packed|top|s\d+)", re.IGNORECASE
)
_CSS = (
    "width", "min-width", "max-width", "height", "text-align", "grid-template-columns", "flex",
    "color", "background-color", "opacity", "font-weight", "white-space",
)  # fmt: skip


def embedded(text: str) -> Markup:
    """Return the HTML of a block with everything that could run, load or restyle shown as text."""
    text = re.sub(r"<style\b.*?</style\s*>", "", text, flags=re.DOTALL | re.IGNORECASE)
    return Markup(_cleaner().clean(text))  # noqa: S704 - cleaned


@functools.cache
def _cleaner() -> Any:
    import bleach
    from bleach.css_sanitizer import CSSSanitizer

    return bleach.Cleaner(
        tags=_TAGS,
        attributes=_allowed_attribute,
        protocols=["data"],
        css_sanitizer=CSSSanitizer(allowed_css_properties=_CSS),
        strip=False,
        strip_comments=True,
    )


def _allowed_attribute(tag: str, name: str, value: str) -> bool:
    if tag == "a" and name == "href":
        return not OUTSIDE.match(value)
    if tag == "img":
        return name == "alt" or (name == "src" and bool(DATA_IMAGE.match(value)))
    if name == "id":
        return not _OUR_NAMES.fullmatch(value.strip())
    if name in _OUR_DATA:
        return False
    return name in _ANYWHERE or name.startswith(("data-", "aria-"))
