"""Charts, a module a kind, drawn from released numbers only."""
