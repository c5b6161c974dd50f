"""Where records come from: databases, files, and the synthetic generator; and their mappings."""
