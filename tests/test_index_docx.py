"""Word documents: what is read of them and what is not."""

import io
import zipfile

import pytest

from index.errors import SourceError
from index.ingest.docx import read_docx
from index.ingest.kinds import by_content
from index.ingest.sources import read_sources

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
MC = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
CORE = (
    '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"><dc:title>{title}</dc:title>'
    "<dc:creator>A. Reporter</dc:creator><dcterms:created>2025-11-02T08:00:00Z</dcterms:created></cp:coreProperties>"
)


def run(text, look=""):
    return f'<w:r>{f"<w:rPr>{look}</w:rPr>" if look else ""}<w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(*runs, style=""):
    about = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{about}{''.join(runs)}</w:p>"


def docx(*paragraphs, title="Draft.docx"):
    """A Word document of these paragraphs, as Word orders its parts."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        body = f"<w:document {W} {MC}><w:body>{''.join(paragraphs)}</w:body></w:document>"
        archive.writestr("word/document.xml", f'<?xml version="1.0" encoding="UTF-8"?>{body}')
        archive.writestr("docProps/core.xml", CORE.format(title=title))
    return packed.getvalue()


LATE = "The Roadster is late by seven years and a half."


def test_paragraphs_and_properties_are_read():
    page = read_docx(docx(paragraph(run("Late again"), style="Title"), paragraph(run("The Roadster "), run(LATE[13:]))))
    assert page.text == LATE and page.title == "Late again"
    assert (page.author, page.published) == ("A. Reporter", "2025-11-02")
    assert read_docx(docx(paragraph(run(LATE)), title="The drama")).title == "The drama"
    assert read_docx(docx(paragraph(run(LATE)))).title is None


@pytest.mark.parametrize(
    "unseen",
    [
        run("Unseen.", "<w:vanish/>"), run("Unseen.", '<w:color w:val="FFFFFF"/>'), run("Unseen.", '<w:sz w:val="2"/>'),
        f"<w:del>{run('Unseen.')}</w:del>", f"<w:moveFrom>{run('Unseen.')}</w:moveFrom>",
        f"<mc:AlternateContent><mc:Fallback>{run('Unseen.')}</mc:Fallback></mc:AlternateContent>",
    ],
    ids=["hidden", "white", "tiny", "deleted", "moved", "fallback"],
)  # fmt: skip
def test_what_readers_do_not_see_is_not_read(unseen):
    assert read_docx(docx(paragraph(run(LATE), unseen))).text == LATE


def test_what_readers_see_is_read():
    white = paragraph(run("A cell of a table.", '<w:color w:val="FFFFFF"/>'))
    table = f"<w:tbl><w:tr><w:tc>{white}</w:tc></w:tr></w:tbl>"
    box = f"<w:r><w:pict>{paragraph(run('A box beside the text.'))}</w:pict></w:r>"
    inserted = f"<w:ins>{run(' It was added.')}</w:ins>"
    shown = run(" Not hidden.", '<w:vanish w:val="0"/>')
    text = read_docx(docx(paragraph(run(LATE), inserted, shown, box), table)).text
    assert text == f"{LATE} It was added. Not hidden.\n\nA box beside the text.\n\nA cell of a table."


def test_a_document_without_text_is_refused():
    with pytest.raises(SourceError, match="no text"):
        read_docx(docx(paragraph()))


def test_it_is_known_by_its_name_and_by_how_it_begins(tmp_path):
    data = docx(paragraph(run(LATE)))
    assert by_content(data) == "docx"
    (tmp_path / "draft.docx").write_bytes(data)
    (article,) = read_sources([tmp_path / "draft.docx"])
    assert article.text == LATE and article.author == "A. Reporter"
