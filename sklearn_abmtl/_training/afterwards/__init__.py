"""Importances and task weights, which are learned after the network is trained."""
