"""Steps, encoders and calibrators of scikit-learn as parts of one ONNX graph."""

from .calibration import add_calibrator
from .graph import OPSET, Check, Graph
from .inputs import read_inputs
from .steps import ADVICE, add_steps
from .tables import Block, as_numbers, as_table, category_positions, check_readable, split_columns

__all__ = [
    "ADVICE",
    "OPSET",
    "Block",
    "Check",
    "Graph",
    "add_calibrator",
    "add_steps",
    "as_numbers",
    "as_table",
    "category_positions",
    "check_readable",
    "read_inputs",
    "split_columns",
]
