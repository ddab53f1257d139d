"""The estimator and what it does with the other rooms."""

from .estimator import ABMTLClassifier

__all__ = ["ABMTLClassifier"]
