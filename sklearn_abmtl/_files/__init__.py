"""Tensors and plain values in files that run no code."""
