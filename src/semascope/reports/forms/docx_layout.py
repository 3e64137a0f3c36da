"""How a Word document looks: paper, styles, page numbers, and the few things that python-docx has no word for."""

from __future__ import annotations

from typing import Any

from semascope.words.texts import shorten

WIDTH = 17.0
"""Centimetres between the margins of an A4 page."""
HIGHEST = 10.5
"""Centimetres that a picture may be high: two of them, with their captions, on a page."""
INK, SOFT, LINE, SHADE = "1A1A18", "5D5B55", "C9C5BB", "F1EFE9"
"""Colours of the pages, without their #."""
FONT = "Calibri"


def begin() -> Any:
    """An empty document with the report's paper and styles."""
    from docx import Document
    from docx.shared import Cm

    document = Document()
    paper = document.sections[0]
    paper.page_width, paper.page_height = Cm(21.0), Cm(29.7)
    paper.left_margin = paper.right_margin = Cm(2.0)
    paper.top_margin, paper.bottom_margin = Cm(2.0), Cm(2.0)
    _set_styles(document)
    return document


def _set_styles(document: Any) -> None:
    from docx.enum.style import WD_STYLE_TYPE

    styles = document.styles
    _set(styles["Normal"], size=10.5, after=6)
    _set(styles["Title"], size=20, bold=True, after=2)
    _set(styles["Subtitle"], size=10.5, colour=SOFT, after=10, italic=False)
    _set(styles["Heading 1"], size=15, bold=True, before=18, after=4)
    _set(styles["Heading 2"], size=12, bold=True, before=12, after=3)
    _set(styles["Caption"], size=9, colour=SOFT, bold=False, before=2, after=8)
    _set(styles["List Bullet"], size=10.5, after=3)
    own: dict[str, dict[str, Any]] = {
        "Answer": {"size": 14, "bold": True, "after": 8},
        "Figure": {"size": 13, "bold": True, "after": 0},
        "Warning": {"size": 10.5, "colour": "9A3D00", "bold": True, "after": 6},
        "Remark": {"size": 8.5, "colour": SOFT, "after": 4},
        "Code": {"size": 8.5, "after": 6},
        "Cell": {"size": 8.5, "after": 0},
        "Note": {"size": 7, "colour": SOFT, "after": 0},
    }
    for name, settings in own.items():
        styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH).base_style = styles["Normal"]
        _set(styles[name], **settings)
    _face(styles["Code"], "Consolas")


def _set(
    style: Any,
    *,
    size: float,
    colour: str = INK,
    bold: bool = False,
    italic: bool = False,
    before: float = 0,
    after: float = 0,
) -> None:
    from docx.shared import Pt, RGBColor

    font = style.font
    font.size, font.bold, font.italic = Pt(size), bold, italic
    font.color.rgb = RGBColor.from_string(colour)
    _face(style, FONT)
    style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(after)
    for odd in style.element.xpath(
        "./w:pPr/w:pBdr | ./w:rPr/w:spacing"
    ):  # a rule below a title, and wide letters
        odd.getparent().remove(odd)


def _face(style: Any, name: str) -> None:
    """The face in every script: a style names one for each, and a theme's goes before a name."""
    from docx.oxml.ns import qn

    style.font.name = name
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for script in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.attrib.pop(qn(f"w:{script}Theme"), None)
        fonts.set(qn(f"w:{script}"), name)


def number_pages(document: Any, title: str) -> None:
    """The title and "page of pages" at the foot of every page."""
    from docx.enum.text import WD_TAB_ALIGNMENT
    from docx.shared import Cm

    foot = document.sections[0].footer.paragraphs[0]
    foot.style = "Remark"
    foot.paragraph_format.tab_stops.clear_all()
    foot.paragraph_format.tab_stops.add_tab_stop(Cm(WIDTH), WD_TAB_ALIGNMENT.RIGHT)
    foot.add_run(f"{shorten(title, 80)}\t")
    add_field(foot, "PAGE")
    foot.add_run(" / ")
    add_field(foot, "NUMPAGES")


def add_field(paragraph: Any, code: str) -> None:
    """A field that Word works out when it opens the document: ``PAGE``."""
    for kind, text in (("begin", ""), ("", code), ("separate", ""), (None, "1"), ("end", "")):
        run = paragraph.add_run()
        if kind is None:
            run.text = text
        elif kind:
            run._r.append(made("w:fldChar", {"w:fldCharType": kind}))
        else:
            instruction = made("w:instrText", {"xml:space": "preserve"})
            instruction.text = text
            run._r.append(instruction)


def made(tag: str, attributes: dict[str, str]) -> Any:
    """An element of the document's XML."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    element = OxmlElement(tag)
    for name, value in attributes.items():
        element.set("{http://www.w3.org/XML/1998/namespace}space" if name == "xml:space" else qn(name), value)
    return element


def describe(picture: Any, *, name: str, words: str) -> None:
    """What a picture shows, for who cannot see it."""
    properties = picture._inline.docPr
    properties.set("name", name)
    properties.set("descr", words)


def keep_with_next(paragraph: Any) -> None:
    """Keep a picture or a caption on the page of what follows."""
    paragraph.paragraph_format.keep_with_next = True


def small(paragraph: Any) -> None:
    """Keep the lines of a caption together."""
    paragraph.paragraph_format.keep_together = True
