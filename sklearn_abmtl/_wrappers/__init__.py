"""Wrappers with scikit-learn's interface around any classifier of several tasks."""
