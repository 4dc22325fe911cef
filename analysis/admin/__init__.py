"""Django admin, one module a subject."""
