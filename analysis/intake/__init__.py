"""A file of comments becomes clean rows: readers, columns, cleaning, a limited child process, the store."""
