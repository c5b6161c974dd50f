"""Releases that a stranger can verify, and refreshes that can be compared."""
