"""Measures an engine against comments labelled by hand: files in the format of the gold set in, figures out."""
