"""X and y to rows of numbers, in NumPy alone."""
