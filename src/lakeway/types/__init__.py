"""The shapes that callers see: response objects over wire JSON, and request parameters as TypedDicts."""
