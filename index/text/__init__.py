"""Functions of a text: sentences, chunks, terms, language, near-copies, prompt injection and page clutter."""
