"""The training loop: the skorch net and its callbacks."""
