"""The machinery under every loop that must be fast: compilation, threads, random numbers, sparse rows, tiles."""
