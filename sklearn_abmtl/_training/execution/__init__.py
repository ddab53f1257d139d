"""Settings of torch's computation: threads, precision, compiled code, random numbers."""
