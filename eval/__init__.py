"""Measures answers and retrieval through the public API of rag and index. Only the command line imports it."""

from eval.importers import import_data
from eval.run import run_evaluation

__all__ = ["import_data", "run_evaluation"]
