"""What the emulated models say: deterministic, about the question, valid against the schemas offered."""
