"""The tables of docs/scikit_learn.md; ``python tests/scikit_learn/tool_table.py`` writes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tool import NoTool, Tool
from tool_names import PAGE
from tools_of_meta_estimators import META_ESTIMATORS, METRICS
from tools_of_one_classifier import COMPOSITION, ESTIMATOR, INSPECTION
from tools_of_validation import CROSS_VALIDATION, SEARCHES, SPLITTERS

HEADING = "## The tools\n"
SECTIONS: Mapping[str, Sequence[Tool | NoTool]] = {
    "The classifier": ESTIMATOR,
    "Cross-validation": CROSS_VALIDATION,
    "Splitters": SPLITTERS,
    "Searches": SEARCHES,
    "Composition and selection of features": COMPOSITION,
    "Inspection and curves": INSPECTION,
    "Estimators around the classifier": META_ESTIMATORS,
    "Metrics, weights and encoders": METRICS,
}


def with_tables(page: str) -> str:
    """Return the page with the tables after its last heading."""
    above, heading, _ = page.partition(HEADING)
    return above + heading + "".join(map(_table, SECTIONS, SECTIONS.values()))


def _table(heading: str, tools: Sequence[Tool | NoTool]) -> str:
    head = ["", f"### {heading}", "", "| tool | how | code, or why not |", "|---|---|---|"]
    rows = [f"| {tool.name} | {tool.form} | {tool.cell} |" for tool in tools]
    return "\n".join([*head, *rows, ""])


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
