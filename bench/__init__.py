"""Lakeway beside LiteLLM and the plain openai client: `python -m bench`. See README.md for the method."""
