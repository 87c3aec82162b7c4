"""The trained reader: which words of a passage answer a question, and whether evidence supports a statement."""
