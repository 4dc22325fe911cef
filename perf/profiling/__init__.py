"""Silk, tamed: only superusers see it, no values are kept, and it records only the share that an operator samples."""
