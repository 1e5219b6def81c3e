"""One executed notebook as one page: what is shown, what is escaped, what is refused."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
import subprocess
import sys
from html.parser import HTMLParser

import nbformat
import plotly.graph_objects as go
import pytest

from posanalytics.figures import style
from posanalytics.reports import assets, cleaning, inspection, outputs, page, plotlyjs
from posanalytics.reports.exporter import ReportExporter
from posanalytics.reports.parameters import Facts

ATTACK = "<script>alert(1)</script>"


def _code(*data, source="1", tags=()):
    outputs = [
        nbformat.v4.new_output("display_data", data=item)
        if isinstance(item, dict)
        else nbformat.v4.new_output("stream", name=item[0], text=item[1])
        for item in data
    ]
    cell = nbformat.v4.new_code_cell(source, outputs=outputs)
    cell.metadata["tags"] = list(tags)
    return cell


def _notebook(*cells):
    return nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell(c) if isinstance(c, str) else c for c in cells]
    )


def _plot(**layout):
    figure = go.Figure(go.Scatter(x=[1, 2], y=[3.5, 4]), layout=layout)
    return {outputs.PLOTLY: json.loads(figure.to_json())}


def _page(*cells, **facts):
    return page.render(_notebook(*cells), facts=Facts(**facts), name="sample")


def _unpacked(text):
    return gzip.decompress(base64.b85decode(text.translate(str.maketrans(",:.", "<>&"))))


class _Text(HTMLParser):
    """Collect the tags of a page and its visible text."""

    def __init__(self, source):
        super().__init__()
        self.tags, self.text = [], []
        self.feed(source)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text.append(data)


def test_the_first_heading_becomes_the_title():
    assert "<title>Растут ли классы?</title>" in _page("# Растут ли классы?")


def test_a_given_title_goes_before_the_heading():
    assert "<h1>Иначе</h1>" in _page("# Растут ли классы?", title="Иначе")


def test_every_second_level_heading_opens_a_section():
    html = _page("# A\n\nтекст\n\n## Первый\n\nодин", "## Второй\n\nдва")
    assert re.findall(r'<section id="(\w+)">\s*<h2>(.*?)</h2>', html) == [
        ("s1", "Первый"),
        ("s2", "Второй"),
    ]


def test_code_and_parameters_are_not_shown():
    html = _page(_code(source="secret_code = 1"), _code(source="term = 'x'", tags=["parameters"]))
    assert "secret_code" not in html


def test_warnings_are_not_shown_and_printed_text_is():
    html = _page(_code(("stderr", "FutureWarning"), ("stdout", "напечатано")))
    assert ("FutureWarning" in html, "напечатано" in html) == (False, True)


def test_an_output_of_a_cell_tagged_remove_output_is_not_shown():
    assert "тайна" not in _page(_code({"text/html": "<p>тайна</p>"}, tags=["remove-output"]))


@pytest.mark.parametrize(
    "cell",
    [
        f"Ученик {ATTACK}",
        f"## {ATTACK}",
        _code({"text/markdown": f"**{ATTACK}**"}),
        _code({"text/html": f"<td>{ATTACK}</td>"}),
        _code({"text/plain": ATTACK}),
        _code(("stdout", ATTACK)),
        _code(_plot(title=ATTACK, meta={"title": ATTACK, "alt": ATTACK, "note": ATTACK})),
        _code(_plot(meta={"table": {"columns": [ATTACK], "rows": [[ATTACK]]}})),
    ],
)
def test_a_name_with_a_script_in_it_stays_text(cell):
    scripts = [attrs for tag, attrs in _Text(_page(cell)).tags if tag == "script"]
    # Two scripts of our own without a type, one before the page and one after; the others are data.
    ours = [s for s in scripts if s.get("type") not in {"application/json", "text/plain"}]
    assert ours == [{}, {}]


@pytest.mark.parametrize(
    "text",
    [
        "<p onclick='alert(1)'>x</p>",
        "<img src=x onerror=alert(1)>",
        "<svg onload=alert(1)></svg>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        "<a href='javascript:alert(1)'>x</a>",
        "<a href='&#106;avascript:alert(1)'>x</a>",
        "<p style='background:url(//example.invalid/x)'>x</p>",
        "<style>p{background:url(//example.invalid/x)}</style><p>x</p>",
        "<meta http-equiv=refresh content='0;url=//example.invalid'>",
        "<link rel=dns-prefetch href=//example.invalid>",
        "<form action=//example.invalid><input></form>",
        "<iframe src=//example.invalid></iframe>",
        "<base href=//example.invalid>",
    ],
)
def test_html_of_an_output_keeps_nothing_that_runs_or_leaves(text):
    found = _Text(cleaning.embedded(text))
    names = {name for _, attrs in found.tags for name in attrs}
    values = " ".join(v or "" for _, attrs in found.tags for v in attrs.values())
    tags = {tag for tag, _ in found.tags}
    assert tags <= {"p", "a", "table", "tbody", "img"}
    assert not [name for name in names if name.startswith("on")]
    assert "script:" not in values
    assert "invalid" not in values


def test_the_html_of_a_block_keeps_classes_roles_and_table_structure():
    block = (
        '<div class="verdict" data-code="A" role="note" aria-label="вывод">'
        '<table class="tidy"><thead><tr><th scope="col">Класс</th></tr></thead></table></div>'
    )
    assert str(cleaning.embedded(block)) == block


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("[дальше](#s2)", '<p><a href="#s2">дальше</a></p>'),
        ("[класс](class-7b.html)", '<p><a href="class-7b.html">класс</a></p>'),
        ("[x](javascript:alert(1))", "<p>x</p>"),
        ("[x](JaVaScRiPt:alert(1))", "<p>x</p>"),
        ("[x](data:text/html,1)", "<p>x</p>"),
        ("[x](https://example.invalid)", "<p>x</p>"),
        ("[x](//example.invalid)", "<p>x</p>"),
        ("![x](https://example.invalid/a.png)", "<p>x</p>"),
        ("<b>x</b>", "<p>&lt;b&gt;x&lt;/b&gt;</p>"),
    ],
)
def test_links_of_markdown_stay_inside_the_reports(source, expected):
    assert cleaning.markdown(source).strip() == expected


def test_a_figure_brings_question_note_help_and_its_table():
    meta = {
        "title": "Что видно?",
        "alt": "Растёт с 3,5 до 4",
        "note": "24 ученика",
        "help": "Точка – класс.",
        "table": {"columns": ["Период", "Балл"], "rows": [["1 ч.", 3.5], ["2 ч.", None]]},
    }
    text = " ".join("".join(_Text(_page(_code(_plot(meta=meta)))).text).split())
    for said in ("Что видно?", "24 ученика", "Точка – класс.", "1 ч.3,50", "2 ч.–"):
        assert said in text.replace("> <", "><")


def test_the_alt_text_names_the_plot_for_a_screen_reader():
    tags = _Text(_page(_code(_plot(meta={"alt": "Растёт с 3,5 до 4"})))).tags
    plots = [attrs for _, attrs in tags if attrs.get("class") == "plot"]
    assert [(p["role"], p["aria-label"]) for p in plots] == [("group", "Растёт с 3,5 до 4")]


def test_equal_templates_are_stored_once():
    html = _page(_code(_plot(), _plot()))
    stored = re.search(r'id="plot-templates">(.*?)</script>', html)[1]
    assert len(json.loads(stored)) == 1


def test_plotly_is_on_the_page_once_and_only_where_there_are_figures():
    cells = [["x"], [_code(_plot()), _code(_plot()), _code(_plot())]]
    assert [_page(*some).count('id="plotly-packed"') for some in cells] == [0, 1]


def test_the_packed_script_is_the_one_that_the_policy_allows():
    html = _page(_code(_plot()))
    script = _unpacked(re.search(r'id="plotly-packed"[^>]*>(.*?)</script>', html)[1])
    digest = base64.b64encode(hashlib.sha256(script).digest()).decode()
    # Jinja writes + as an entity in an attribute; a browser reads it back.
    assert f"sha256-{digest}" in html.replace("&#43;", "+")


def test_the_policy_allows_neither_inline_handlers_nor_the_network():
    rules = inspection.policy(["run()"])
    assert rules.startswith("default-src 'none'")
    assert "unsafe-inline" not in rules.split("script-src")[1]


def test_a_trace_type_outside_the_small_bundle_takes_the_full_one():
    full = plotlyjs.plotly_bundle(frozenset({"scatter3d"}))
    assert b"scatter3d" in _unpacked(full.packed)


def test_the_same_notebook_gives_the_same_bytes():
    cells = ["# A", _code(_plot(), {"text/html": "<p>x</p>"})]
    assert _page(*cells) == _page(*cells)


def test_check_counts_the_figures():
    notebook = _notebook(_code(_plot(), _plot()))
    assert inspection.check(notebook, page.render(notebook, facts=Facts())) == 2


def test_check_refuses_a_page_that_lacks_a_figure():
    notebook = _notebook(_code(_plot(), _plot()))
    fewer = page.render(_notebook(_code(_plot())), facts=Facts())
    with pytest.raises(inspection.PageIncomplete, match=r"2 граф., а на странице 1"):
        inspection.check(notebook, fewer)


@pytest.mark.parametrize(
    "left",
    [
        '<script src="https://example.invalid/x.js"></script>',
        '<img src="//example.invalid/x.png">',
        "<style>@import 'x.css';</style>",
        '<p style="background:url(x.png)">x</p>',
        '<link rel="icon" href="x.png">',
        '<a href="http://example.invalid">x</a>',
    ],
)
def test_check_refuses_a_page_that_asks_for_something_outside(left):
    html = page.render(_notebook("x"), facts=Facts()).replace("</main>", f"{left}</main>")
    with pytest.raises(inspection.PageIncomplete, match="внешний адрес"):
        inspection.check(_notebook("x"), html)


def test_no_web_address_is_anywhere_in_the_page():
    html = _page("# A", _code(_plot(meta={"title": "x"})), sources="abc")
    assert re.findall(r"https?://", html) == []


def test_the_stamp_names_parameters_and_sources():
    notebook = _notebook("# A")
    notebook.metadata["papermill"] = {"parameters": {"class_label": "7Б", "term": "2025-26-Q2"}}
    html = page.render(notebook, facts=Facts(sources="0123abcd"), name="dynamics")
    for said in ("class_label = 7Б; term = 2025-26-Q2", "0123abcd", "dynamics"):
        assert f"<dd>{said}</dd>" in html


def test_a_title_cannot_leave_the_style_sheet_that_prints_it():
    html = _page(title='"} </style><script>alert(1)</script>', subtitle="\\", school="7А")
    assert re.findall(r"@top-(?:left|right) \{ content: ([^;]*);", html)[:2] == [
        r'"\22 \7d  \3c \2f style\3e \3c script\3e alert\28 1\29 \3c \2f script\3e "',
        r'"\5c "',
    ]


@pytest.mark.parametrize("name", ["view.js", "tables.js", "report.js", "index.js", "style.css"])
def test_what_a_page_carries_is_the_text_without_comments(name):
    carried = assets.script_text(name)
    assert re.search(r"^\s*(?:/\*|//)", carried, re.MULTILINE) is None
    written = assets.template_text(name)
    code = re.sub(r"/\*.*?\*/|^\s*//.*?$", "", written, flags=re.DOTALL | re.MULTILINE)
    assert "".join(code.split()) == "".join(re.sub(r"/\*.*?\*/", "", carried).split())


def test_every_colour_of_the_figures_has_a_twin_for_the_dark():
    signs = (*style.SIGNS.values(), *style.CLASS_SIGNS)
    plain = {style.INK, style.MUTED, style.RULE, style.ARCHIVE, style.FALL, style.PAPER}
    known = set(re.findall(r'"(#[0-9a-f]{6})": "', assets.template_text("dark.js")))
    assert plain | {sign.colour for sign in signs} <= known


def test_the_words_of_the_page_follow_its_language():
    html = _page(_code(_plot(meta={"help": "x"})), language="en")
    assert ('<html lang="en">' in html, "How to read" in html) == (True, True)


def test_nbconvert_makes_the_same_page():
    notebook = _notebook("# A", _code(_plot()))
    exporter = ReportExporter()
    html, _ = exporter.from_notebook_node(notebook)
    assert inspection.check(notebook, html) == 1


def test_the_share_button_is_off_on_the_page():
    assert "showSendToCloud: false" in _page(_code(_plot()))


def test_the_grammar_that_slows_jsonschema_is_kept_out():
    # In a process of its own: here another test may have loaded it before us.
    code = "import sys, posanalytics.reports.page; print(sys.modules['rfc3987_syntax'])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "None"


@pytest.mark.parametrize(
    "attribute",
    [
        'id="page-words"',
        'id="plotly-packed"',
        'id="Figure-1-data"',
        'id="s1"',
        'id="top"',
        'data-figure="1"',
        'data-tool="print"',
        'data-drawn="yes"',
    ],
)
def test_html_of_an_output_takes_no_name_that_the_page_needs(attribute):
    assert cleaning.embedded(f"<p {attribute}>7А</p>") == "<p>7А</p>"


def test_html_of_an_output_keeps_names_of_its_own():
    own = '<p data-code="A" id="note-1">7А</p>'
    assert sorted(cleaning.embedded(own).split('"')) == sorted(own.split('"'))


@pytest.mark.parametrize(
    "cell",
    [
        "7\ud800Б",
        _code(("stdout", "7\ud800Б")),
        _code({"text/html": "<p>7\ud800Б</p>"}),
        _code({outputs.PLOTLY: {"data": [], "layout": {"meta": {"title": "7\ud800Б"}}}}),
    ],
)
def test_half_of_a_character_is_replaced_and_the_page_can_be_written(cell, tmp_path):
    # "\ud800" is half of a pair of UTF-16; no file in UTF-8 can hold it (RFC 3629, section 3).
    page.write(tmp_path / "page.html", _page(cell))
    assert "7\ufffdБ" in (tmp_path / "page.html").read_text("utf-8")
