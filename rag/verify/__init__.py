"""Vetoes: what code sees in a statement that its evidence does not say. The reader judges the rest.

Numbers, units, dates, names, quotations and web addresses of a statement must be in the evidence, in English or French.
`vetoes()` in `rag.verify.vetoes` is the entry point; the other modules extract what it compares. Everything is a pure
function of its arguments.
"""
