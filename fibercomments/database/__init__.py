"""The database backend of the web processes."""
