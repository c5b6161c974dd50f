"""The research-ready refresh: its tables, their contract, and the road from source tables to it."""
