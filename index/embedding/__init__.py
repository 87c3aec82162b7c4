"""Embeddings: multilingual-e5-small with its files, tokenizer and encoder, or OpenAI's."""
