"""Tags of the instruments' templates."""
