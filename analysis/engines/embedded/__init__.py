"""The built-in engine: lexicon and rules that people can read and edit, in data/*.tsv."""
