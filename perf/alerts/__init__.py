"""Baselines are learned, rules are held against the measures, alerts open once, tell somebody, and close themselves."""
