"""From a question to evidence: what it asks for on its own, and the passages that may answer it."""
