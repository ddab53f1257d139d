"""The tables of docs/errors.md; ``python tests/bad_input/error_table.py`` writes them."""

from __future__ import annotations

from collections.abc import Mapping

from bad_data import WEIGHTS, X_IN_FIT, Y_IN_FIT
from bad_fits import VALIDATION_ROWS, WARM_START_AND_PARTIAL_FIT
from bad_input_names import PAGE
from bad_options import LOSSES, TRAINING
from bad_parts import PARTS, SAMPLES
from bad_predictions import BEFORE_FIT, LABELS_THAT_ARE_KNOWN, PREDICTIONS, SCORES_OF_A_CLASSIFIER
from bad_tools import DATA_MAKERS, FILES, METRICS, SCORERS, SPLITS
from bad_trainings import CHECKPOINTS, DIVERGED
from bad_wrappers import CALIBRATION, ONE_TASK

HEADING = "## The calls\n"
SECTIONS: Mapping[str, Mapping[str, str]] = {  # from calls to errors
    "X in `fit`": X_IN_FIT,
    "y in `fit`": Y_IN_FIT,
    "Weights": WEIGHTS,
    "Validation rows": VALIDATION_ROWS,
    "`warm_start` and `partial_fit`": WARM_START_AND_PARTIAL_FIT,
    "Parts": PARTS,
    "Samples": SAMPLES,
    "Losses": LOSSES,
    "Training": TRAINING,
    "Checkpoints": CHECKPOINTS,
    "Trainings that diverge": DIVERGED,
    "Before `fit`": BEFORE_FIT,
    "Predictions": PREDICTIONS,
    "Known labels": LABELS_THAT_ARE_KNOWN,
    "Scores of a classifier": SCORES_OF_A_CLASSIFIER,
    "One task": ONE_TASK,
    "Calibration": CALIBRATION,
    "Files": FILES,
    "Metrics": METRICS,
    "Scorers": SCORERS,
    "Splits": SPLITS,
    "Data makers": DATA_MAKERS,
}


def with_tables(page: str) -> str:
    """Return the page with the tables after its last heading."""
    above, heading, _ = page.partition(HEADING)
    return above + heading + "".join(map(_table, SECTIONS, SECTIONS.values()))


def _table(heading: str, errors: Mapping[str, str]) -> str:
    head = ["", f"### {heading}", "", "| call | error |", "|---|---|"]
    rows = [f"| `{code}` | `{error}` |" for code, error in errors.items()]
    return "\n".join([*head, *rows, ""])


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
