"""Text as plain data: normalising, folding, tokens, masking. Pure functions."""
