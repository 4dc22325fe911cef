"""Who labels a comment. Plain data in, plain data out: no database, no web framework."""
