"""Search over a library's chunks: dense and lexical, fused, filtered, and shared out among languages."""
