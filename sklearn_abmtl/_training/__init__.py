"""Rows to a trained network, and its predictions."""
