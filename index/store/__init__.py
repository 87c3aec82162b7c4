"""A library's folder: library.db, the vectors beside it, versions, locks, backup and repair."""
