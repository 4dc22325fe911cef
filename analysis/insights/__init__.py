"""Results become numbers: the one filter layer and the only place that aggregates."""
