"""Hosts beside Databricks, for what it cannot answer: one module per dialect that they speak."""
