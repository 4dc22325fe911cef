"""The outcome as files: csv, jsonl, json, xlsx; streamed."""
