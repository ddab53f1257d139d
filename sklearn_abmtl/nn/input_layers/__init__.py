"""The first layer: it scales X, and turns a table's numbers and categories into inputs."""

from .random_shift import RandomShift
from .scaler import InputScaler
from .table_input import TableInput

__all__ = ["InputScaler", "RandomShift", "TableInput"]
