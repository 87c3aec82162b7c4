"""Make the training examples: python -m rag.reader.training.prepare OUT --news DIR... --public DIR --keep-out DIR"""

import argparse
from pathlib import Path

from index import Library
from rag.reader.training import examples, news, public

NEWS = Path(__file__).parent / "news"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, help="folder for the examples")
    parser.add_argument(
        "--news", type=Path, nargs="+", default=[NEWS, NEWS / "more", NEWS / news.MEASURED], help="folders of stories"
    )
    parser.add_argument("--public", type=Path, help="folder of the public sets named in public.json")
    parser.add_argument(
        "--keep-out", type=Path, default=Path("eval/sets"), help="folder of texts that must not be trained on"
    )
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    _news(options.out, options.news)
    if options.public:
        _public(options.out, options.public, options.keep_out)


def _news(out: Path, folders: list[Path]) -> None:
    articles = out / "news.articles.jsonl"
    articles.write_text("\n".join(news.library_lines(folders)) + "\n", "utf-8")
    with Library.open(out / "library") as library:
        report = library.add([articles])
        print(len(report.added), "articles added,", len(report.unchanged), "unchanged,", len(report.failed), "failed")
        print(examples.write(out / "news.questions.jsonl", news.questions(library, folders)), "questions on news")
    print(examples.write(out / "news.statements.jsonl", news.statements(folders)), "statements on news")


def _public(out: Path, folder: Path, keep_out: Path) -> None:
    kept_out = "\n".join(path.read_text("utf-8") for path in sorted(keep_out.glob("*.corpus.jsonl")))
    print(examples.write(out / "public.questions.jsonl", public.questions(folder, kept_out)), "public questions")
    print(examples.write(out / "public.statements.jsonl", public.statements(folder)), "public statements")


if __name__ == "__main__":
    main()
