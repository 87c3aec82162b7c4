"""Answers in words: what a model is told, what of its reply is kept, and how an answer is laid out."""
