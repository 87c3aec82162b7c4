"""The embedding, multilingual-e5-small: its files, tokenizer, token vectors and encoder; or OpenAI's."""
