"""How torch computes: threads, precision, compiled code, random numbers."""
