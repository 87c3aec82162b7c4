"""Which code made a run: the release, the hash of what answers, and the commit where there is a repository."""

import hashlib
import subprocess
from importlib import metadata
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
_ANSWERING = (
    "index/**/*.py",
    "index/**/*.npz",
    "rag/**/*.py",
    "rag/reader/reader.*",
    "eval/engines.py",
    "eval/starter.py",
)


def code_version() -> dict[str, str]:
    """`sources` changes whenever a file that bears on answers does; measuring anew does not mean asking anew."""
    return {"release": metadata.version("onrecord"), "sources": _sources_hash(), "commit": _commit()}


def _sources_hash() -> str:
    digest = hashlib.sha256()
    for file in sorted(file for pattern in _ANSWERING for file in _ROOT.glob(pattern)):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _commit() -> str:
    """The commit, with a + where files differ from it; empty outside a repository or without git."""
    try:
        commit = _git("rev-parse", "--short=12", "HEAD")
        return commit + ("+" if _git("status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.CalledProcessError):
        return ""


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(_ROOT), *arguments], capture_output=True, text=True, check=True, timeout=10)
    return done.stdout.strip()
