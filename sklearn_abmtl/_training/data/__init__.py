"""Rows as tensors on a device, and batches of them."""
