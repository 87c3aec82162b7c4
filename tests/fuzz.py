"""Feeds each parser damaged documents for a while: `python -m tests.fuzz PARSER --seconds 60`.

Samples are changed by cutting, doubling, swapping and overwriting pieces, and by words that matter to the format. The
parser runs in its limited process. A document counts as a finding when the parser raises anything but SourceError, or
when its process dies or is stopped; the document is then kept in the folder of --keep.
"""

# ruff: noqa: E501
import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from documents import archive, item, pdf, rss, shown

from index.errors import SourceError
from index.ingest.pages import read_fragment
from index.ingest.records import Reading, read_lines
from index.ingest.worker import Parser
from index.ingest.zip_files import members

EXAMPLES = Path(__file__).parent.parent / "examples" / "articles"
NEWS = "The car is late, and nobody knows why it is. “It may come,” its maker said. "
PAGE = f"""<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>Late</title><style>.a {{ display: none }}</style>
<script type="application/ld+json">{{"@type": "NewsArticle", "headline": "Late", "datePublished": "2025-11-03"}}</script></head>
<body><article><h1>Late</h1><p>{NEWS * 3}</p><p class="a" style="color: white">{NEWS}</p><ul><li>{NEWS}</ul></article></body></html>"""
SAMPLES = {
    "text": [path.read_bytes() for path in sorted(EXAMPLES.glob("*.txt"))],
    "markdown": [
        f"---\ntitle: Late\n---\n# Late\n\n{NEWS}\n\n> {NEWS}\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n<p hidden>a</p>".encode()
    ],
    "html": [PAGE.encode()],
    "pdf": [pdf(shown(NEWS, NEWS), shown(NEWS), info="/Title (Late)")],
    "feed": [
        rss(item("Late", "https://paper.example/a", body=f"<p>{NEWS * 9}</p>"), item("Later", summary=NEWS)).encode()
    ],
    "records": [b'{"id": "a", "text": "The car is late.", "date": "2025-11-03"}\n{"title": "b", "body": "It is."}\n'],
    "json": [b'{"articles": [{"title": "Late", "content": "<p>The car is late.</p>", "source": {"name": "a"}}]}'],
    "mime": [
        f"From: A <a@b.example>\nSubject: Late\nMIME-Version: 1.0\nContent-Type: text/html\n\n<p>{NEWS}</p>".encode(),
        f"From: <Saved by Blink>\nContent-Type: multipart/related; boundary=x\n\n--x\nContent-Type: text/html\n\n{PAGE}\n--x--".encode(),
    ],
    "zip": [archive([("a.txt", NEWS), ("b/c.html", PAGE)])],
}
WORDS = [b"<", b">", b"</p>", b"<![CDATA[", b"]]>", b"<!--", b"&#0;", b"&amp;", b"{", b"}", b"[" * 9, b"\0", b"\xff\xfe", b"\xef\xbb\xbf",
         b"obj", b"endstream", b"<<", b">>", b"/Length 99999999", b"BT", b"PK\x01\x02", b"PK\x05\x06", b"\xff\xff\xff\xff", b"---", b"\\u0000",
         b"1e999", b"/*", b"display:none", "\u202e\u200b".encode(), b"\r\n\r\n", b" " * 50]  # fmt: skip


def damaged(sample: bytes, chance: random.Random) -> bytes:
    data = bytearray(sample)
    for _ in range(chance.randint(1, 12)):
        at, size = chance.randrange(len(data) + 1), chance.choice([1, 1, 2, 4, 16, 64, 300])
        piece = bytes(data[at : at + size])
        other = chance.randrange(len(data) + 1)
        match chance.randrange(6):
            case 0:
                del data[at : at + size]
            case 1:
                data[at:at] = piece * chance.randint(1, 30)
            case 2:
                data[at : at + size] = chance.randbytes(len(piece))
            case 3:
                data[at:at] = chance.choice(WORDS)
            case 4:
                data[at : at + size], data[other : other + size] = data[other : other + size], piece
            case 5:
                del data[chance.randrange(len(data) // 2, len(data) + 1) :]
    return bytes(data[:1_000_000])


def try_one(parser: Parser, kind: str, data: bytes, folder: Path) -> str:
    """What became of it, in a word or two."""
    try:
        if kind == "zip":
            list(members(data, 1_000_000, lambda name: True))
        elif kind == "records":
            with (folder / "a.jsonl").open("w+b") as file:
                file.write(data)
                file.seek(0)
                list(read_lines(file, "a.jsonl", Reading(read_fragment)))
        elif kind == "feed":
            parser.feed(data)
        elif kind in ("json", "wxr"):
            parser.export(kind, data, {})  # type: ignore[arg-type]
        else:
            parser.read(kind, data)  # type: ignore[arg-type]
    except SourceError as error:
        return "stopped" if "so it was stopped" in str(error) else "refused"
    except Exception as error:
        return f"raised {type(error).__name__}"
    return "read"


def documents(kind: str, seed: int, seconds: float) -> Iterator[bytes]:
    chance = random.Random(seed)
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        yield damaged(chance.choice(SAMPLES[kind]), chance)


def fuzz(kind: str, seconds: float, seed: int, keep: Path) -> Counter[str]:
    found: Counter[str] = Counter()
    keep.mkdir(parents=True, exist_ok=True)
    with Parser() as parser:
        for data in documents(kind, seed, seconds):
            became = try_one(parser, kind, data, keep)
            found[became] += 1
            if became not in ("read", "refused"):
                (keep / f"{kind}-{seed}-{found.total()}").write_bytes(data)
    return found


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("parser", choices=[*SAMPLES, "all"])
    options.add_argument("--seconds", type=float, default=60)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--keep", type=Path, default=Path("out/fuzz"))
    chosen = options.parse_args()
    well = True
    for kind in SAMPLES if chosen.parser == "all" else [chosen.parser]:
        found = fuzz(kind, chosen.seconds, chosen.seed, chosen.keep)
        print(kind, ", ".join(f"{times} {became}" for became, times in found.most_common()), flush=True)
        well = well and found.keys() <= {"read", "refused"}
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
