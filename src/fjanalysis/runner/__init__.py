"""Running the stream notebooks: typed parameters, a cache, a process each, results whole or absent."""
