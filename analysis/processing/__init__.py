"""Comments become results: plan, claim, drain, write, complete, sweep."""
