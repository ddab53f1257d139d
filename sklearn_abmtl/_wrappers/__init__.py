"""Estimators of scikit-learn around any classifier of several tasks."""
