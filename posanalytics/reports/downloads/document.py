"""The appendix to an inspection report as a document for Word: tables, and lines to fill in."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from typing import TYPE_CHECKING, Any

from posanalytics import __version__
from posanalytics.reports.downloads.tables import printable
from posanalytics.reports.values import Number, value_of
from posanalytics.wording import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from posanalytics.reports.parameters import Facts

_FONT = "Times New Roman"
_TEXT, _SMALL = 12, 9
_LONGEST_PROPERTY = 255  # the format refuses more
_CREATED = dt.datetime(2000, 1, 1)  # noqa: DTZ001 - the format knows no zones
_ZIP_DAY = (1980, 1, 1, 0, 0, 0)
_MARGINS = {"top_margin": 15, "bottom_margin": 15, "left_margin": 20, "right_margin": 10}
_LINE_WIDTH = 267  # mm
_NARROW, _WIDE = 6, 16  # letters
_LINES = {"conclusions": 6, "recommendations": 6}
_LINE, _SIGNATURE = "_" * 118, "_" * 24
_HEAD_SHADE = "E9ECEE"


def document(appendix: Mapping[str, Any], *, facts: Facts) -> bytes:
    """Return a .docx with the tables of an appendix; conclusions are left to people."""
    import docx

    made = docx.Document()
    _page(made)
    _headings(made)
    _properties(made, appendix)
    _opening(made, appendix)
    for part in appendix["parts"]:
        _say(made, part["title"], before=10, level=2)
        _table(made, part["columns"], part["rows"])
        _say(made, part["note"], size=_SMALL)
    for key, lines in _LINES.items():
        _say(made, _words(key), before=12, level=2)
        for _ in range(lines):
            _say(made, _LINE)
    for key in ("signed", "read_by"):
        line = f"{_words(key)} {_SIGNATURE} / {_SIGNATURE}    {_words('date')} {_SIGNATURE[:12]}"
        _say(made, line, before=8)
    _say(
        made,
        _words("source", version=__version__, digest=facts.sources or "–"),
        size=_SMALL,
        before=8,
    )
    target = io.BytesIO()
    made.save(target)
    return settled(target.getvalue())


def settled(packed: bytes) -> bytes:
    """Return the same archive without the time at which it was packed."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(packed)) as given,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as kept,
    ):
        for name in given.namelist():
            about = zipfile.ZipInfo(name, _ZIP_DAY)
            about.compress_type = zipfile.ZIP_DEFLATED
            about.create_system = 0  # or the system would stand in the bytes
            kept.writestr(about, given.read(name))
    return target.getvalue()


def _words(key: str, **slots: Any) -> str:
    return say(f"appendix.{key}", lang="ru", **slots)


def _page(made: Any) -> None:
    """Set A4 across, the type of Russian office papers, the language and the page number."""
    from docx.enum.section import WD_ORIENT
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Mm, Pt

    section = made.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(297), Mm(210)
    for name, width in _MARGINS.items():
        setattr(section, name, Mm(width))
    normal = made.styles["Normal"]
    normal.font.name, normal.font.size = _FONT, Pt(_TEXT)
    normal.paragraph_format.space_after = Pt(3)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "ru-RU")
    normal.element.get_or_add_rPr().append(language)
    footer = section.footer.paragraphs[0]
    footer.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    footer.add_run(f"{_words('page')} ")
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    footer._p.append(field)  # noqa: SLF001 - it has no other door to fields


def _headings(made: Any) -> None:
    """Give the headings of the outline the type of the text, black: office papers have no blue."""
    from docx.oxml.ns import qn
    from docx.shared import RGBColor

    for level in (1, 2):
        style = made.styles[f"Heading {level}"]
        style.font.name, style.font.bold = _FONT, True
        style.font.color.rgb = RGBColor(0, 0, 0)
        fonts = style.element.rPr.rFonts
        for name in [name for name in fonts.attrib if name.endswith("Theme")]:
            del fonts.attrib[name]  # it would win over the name
        fonts.set(qn("w:cs"), _FONT)


def _properties(made: Any, appendix: Mapping[str, Any]) -> None:
    about = made.core_properties
    told = (appendix["school"], appendix["term"], ", ".join(appendix["classes"]))
    about.title = printable(f"{_words('heading')}: {' · '.join(told)}")[:_LONGEST_PROPERTY]
    about.author, about.language = "posanalytics", "ru-RU"
    about.comments, about.last_modified_by = f"posanalytics {__version__}", "posanalytics"
    about.created = about.modified = _CREATED


def _opening(made: Any, appendix: Mapping[str, Any]) -> None:
    compared = (
        _words("compared", term=appendix["term"], before=appendix["before"])
        if appendix["before"]
        else _words("first", term=appendix["term"])
    )
    _say(made, appendix["school"])
    _say(made, _words("heading"), size=14, centred=True, level=1)
    _say(made, compared, centred=True)
    _say(made, _words("classes", classes=", ".join(appendix["classes"])), centred=True)
    _say(made, f"{_words('basis')}: ______________________________________________", before=6)


def _say(  # noqa: PLR0913 - a paragraph has this many properties
    made: Any,
    text: str,
    *,
    size: int = _TEXT,
    before: int = 0,
    centred: bool = False,
    level: int = 0,
) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    paragraph = made.add_paragraph(style=f"Heading {level}" if level else None)
    paragraph.add_run(printable(text)).font.size = Pt(size)
    paragraph.paragraph_format.space_before = Pt(before)
    if centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER


def _table(made: Any, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Add a table whose head is repeated on every page and whose rows are not broken."""
    from docx.oxml import OxmlElement

    table = made.add_table(rows=len(rows) + 1, cols=len(columns), style="Table Grid")
    widths = _widths([columns, *rows])
    for place, width in zip(table._tbl.tblGrid.gridCol_lst, widths, strict=True):  # noqa: SLF001
        place.w = width
    # Over the elements themselves: python-docx finds each cell anew, 1,9 s for 300 rows.
    lines = table._tbl.tr_lst  # noqa: SLF001
    for number, (line, texts) in enumerate(zip(lines, [columns, *rows], strict=True)):
        whole = line.get_or_add_trPr()
        whole.append(OxmlElement("w:cantSplit"))
        if not number:
            whole.append(OxmlElement("w:tblHeader"))
        for cell, text, width in zip(line.tc_lst, texts, widths, strict=True):
            cell.width = width
            _fill(cell, text, head=not number)


def _widths(lines: Sequence[Sequence[str]]) -> list[int]:
    """Return widths that share the line, so that words, such as names of subjects, stay whole."""
    from docx.shared import Mm

    words = [max(len(word) for text in texts for word in [*text.split(), ""]) for texts in
             zip(*lines, strict=True)]  # fmt: skip
    room = [min(max(longest, _NARROW), _WIDE) for longest in words]
    return [int(Mm(_LINE_WIDTH)) * own // sum(room) for own in room]


def _fill(cell: Any, text: str, *, head: bool) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    paragraph = cell.p_lst[0]
    properties = paragraph.get_or_add_pPr()
    spacing = properties.get_or_add_spacing()
    spacing.after = 0
    number = isinstance(value_of(text), Number) or text == "–"
    properties.jc_val = WD_ALIGN_PARAGRAPH.CENTER if head or number else WD_ALIGN_PARAGRAPH.LEFT
    run = paragraph.add_r()
    run.text = printable(text)
    style = run.get_or_add_rPr()
    style.sz_val = 9 * 12700
    if head:
        style.b_val = True
        shade = OxmlElement("w:shd")
        shade.set(qn("w:val"), "clear")
        shade.set(qn("w:fill"), _HEAD_SHADE)
        cell.get_or_add_tcPr().append(shade)
