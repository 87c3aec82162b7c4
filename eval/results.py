"""results.jsonl: one record a line, on disk before the next question is asked."""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from eval.engines import Engine
from eval.reply_records import Record, read_record


class Results:
    """The records of a run in a folder. `keys` names, for each engine, what its records were made with.

    Records made with anything else are no part of this run: they are set aside in results.old.jsonl.
    """

    def __init__(self, folder: Path, keys: Mapping[str, str]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "results.jsonl"
        self.keys = keys

    def read(self) -> list[Record]:
        """What an earlier run of the same kind has answered; what it failed at is asked again."""
        lines = self.path.read_text(encoding="utf-8").splitlines() if self.path.exists() else []
        records = [record for line in lines if (record := read_record(line))]
        ours = [record for record in records if self.keys.get(record.engine) == record.key]
        others = [record for record in records if self.keys.get(record.engine) != record.key]
        if others:
            self._append(self.path.with_name("results.old.jsonl"), others)
        return [record for record in ours if not record.error]

    def write(self, records: Iterable[Record]) -> None:
        """Replace the file by these records, whole or not at all."""
        partial = self.path.with_suffix(".partial")
        partial.write_text("".join(f"{record.to_json()}\n" for record in records), encoding="utf-8")
        partial.replace(self.path)

    def append(self, record: Record) -> None:
        self._append(self.path, [record])

    def _append(self, path: Path, records: Iterable[Record]) -> None:
        with path.open("a", encoding="utf-8") as file:
            file.writelines(f"{record.to_json()}\n" for record in records)
            file.flush()
            os.fsync(file.fileno())


def run_key(set_hash: str, articles: Sequence[str], engine: Engine, sources: str) -> str:
    """What an answer depends on, as sixteen digits: questions, articles, engine, settings, the code that answers."""
    parts = json.dumps(
        [set_hash, list(articles), engine.name, dict(engine.settings), sources], sort_keys=True, default=str
    )
    return hashlib.sha256(parts.encode()).hexdigest()[:16]
