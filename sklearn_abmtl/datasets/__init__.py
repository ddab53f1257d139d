"""Data sets of several tasks: composed images of digits and random tables."""

from ._digit_pairs import make_digit_pairs
from ._digit_strings import make_digit_strings
from ._multitask_classification import make_multitask_classification

__all__ = ["make_digit_pairs", "make_digit_strings", "make_multitask_classification"]
