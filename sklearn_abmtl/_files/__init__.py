"""Files of tensors and plain values; reading them runs no code."""
