"""The embedded embedding model, multilingual-e5-small: its files, its tokenizer, its token vectors and its encoder."""
