"""What was measured, in the text format of Prometheus, for whoever scrapes the product."""
