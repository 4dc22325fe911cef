"""Labels from a language model behind an OpenAI-compatible endpoint: the prompt, the call, and what comes back."""
