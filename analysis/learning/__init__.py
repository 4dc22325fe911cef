"""Learning from use: what people corrected becomes training data, and a trained model is measured before it labels."""
