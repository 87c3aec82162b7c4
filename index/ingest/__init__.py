"""From files, pages, feeds and exports to articles: readers, their worker process, and what is left out."""
