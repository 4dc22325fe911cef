"""Sentiment from a transformer model in a folder of one's own; everything else from the embedded engine."""
