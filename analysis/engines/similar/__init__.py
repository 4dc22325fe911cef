"""What comments say in almost the same words, and what they speak of that no theme names; plain data in and out."""
