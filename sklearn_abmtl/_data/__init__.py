"""Reading of X and y into rows of numbers, with NumPy only."""
