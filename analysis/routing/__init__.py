"""A text finds its answer: which engine labels it."""
