"""Documents made for tests: small PDFs, archives and feeds, good ones and hostile ones."""

import io
import zipfile
import zlib


def pdf(*contents, info="", fonts="/F1 5 0 R", packed=None, extra=b""):
    """A PDF of one page for each content stream; `packed` maps a page's number to a (filters, bytes) of its own."""
    objects = {1: b"<< /Type /Catalog /Pages 2 0 R >>", 5: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"}
    kids = []
    for n, content in enumerate(contents):
        page, stream = 10 + 2 * n, 11 + 2 * n
        kids.append(f"{page} 0 R")
        resources = f"<< /Font << {fonts} >> >>"
        objects[page] = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources {resources} /Contents {stream} 0 R >>"
        ).encode()
        filters, data = (packed or {}).get(n, ("", content.encode("cp1252")))
        objects[stream] = f"<< {filters} /Length {len(data)} >>\nstream\n".encode() + data + b"\nendstream"
    objects[2] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>".encode()
    objects[6] = f"<< {info} >>".encode()
    out = io.BytesIO()
    out.write(b"%PDF-1.4\n")
    places = {}
    for number, body in sorted(objects.items()):
        places[number] = out.tell()
        out.write(f"{number} 0 obj\n".encode() + body + b"\nendobj\n")
    out.write(extra)
    start = out.tell()
    out.write(b"xref\n0 1\n0000000000 65535 f \n")
    for number, place in sorted(places.items()):
        out.write(f"{number} 1\n{place:010d} 00000 n \n".encode())
    out.write(f"trailer\n<< /Size 999 /Root 1 0 R /Info 6 0 R >>\nstartxref\n{start}\n%%EOF\n".encode())
    return out.getvalue()


def shown(*lines, before="", top=750):
    """A content stream that shows lines of text below each other."""
    escaped = (line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)") for line in lines)
    return f"BT /F1 11 Tf {before} 14 TL 50 {top} Td " + " T* ".join(f"({line}) Tj" for line in escaped) + " ET"


def pdf_bomb(unpacked, times=1):
    """A PDF whose page unpacks to that many bytes, packed several times over."""
    data = b"BT " + b"(a) Tj " * (unpacked // 7) + b"ET"
    for _ in range(times):
        data = zlib.compress(data, 9)
    return pdf("", packed={0: (f"/Filter [{'/FlateDecode ' * times}]", data)})


def archive(members, compress=True):
    """A zip of (name, bytes) or (ZipInfo, bytes)."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED) as file:
        for name, data in members:
            file.writestr(name, data)
    return out.getvalue()


def link(name):
    """The entry of a symbolic link."""
    entry = zipfile.ZipInfo(name)
    entry.create_system = 3
    entry.external_attr = 0o120777 << 16
    return entry


def rss(*items, title="The Daily Paper", before="<?xml version='1.0'?>", language="en"):
    joined = "".join(f"<item>{item}</item>" for item in items)
    return (
        f"{before}<rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel>"
        f"<title>{title}</title><link>https://paper.example/</link><language>{language}</language>{joined}</channel></rss>"
    )


def item(title, link=None, body=None, summary=None, date="Mon, 03 Nov 2025 10:00:00 GMT", guid=None):
    parts = {"title": title, "link": link, "pubDate": date, "guid": guid, "description": summary}
    text = "".join(f"<{name}>{value}</{name}>" for name, value in parts.items() if value)
    return text + (f"<content:encoded><![CDATA[{body}]]></content:encoded>" if body else "")
