"""Names with signs of formulas are drawn as they are."""

from __future__ import annotations

import pytest
from samples import frame, quick, table

from sklearn_abmtl import FeatureTokenEncoder
from sklearn_abmtl.inspection import (
    TaskAttentionDisplay,
    TaskConfusionDisplay,
    TaskWeightsDisplay,
    TrainingHistoryDisplay,
)

plt = pytest.importorskip("matplotlib.pyplot", reason="matplotlib is missing")
pd = pytest.importorskip("pandas", reason="pandas is missing")

X, CODES = table(60)
NAMES = ["$\\frac$", "price in $ and $", "a_$^$"]


def test_dollar_signs_are_no_formulas():
    rows = pd.DataFrame(X, columns=[f"${name}$^" for name in "abcde"])
    y = frame(CODES)
    y.columns = NAMES[: y.shape[1]]
    y = y.astype(str).apply(lambda column: "$" + column + "^$")
    encoder = FeatureTokenEncoder(d_model=4, d_shared=8)
    classifier = quick(encoder=encoder, early_stopping=True).fit(rows, y)
    for display in (
        TaskAttentionDisplay.from_estimator(classifier, rows),
        TaskConfusionDisplay.from_estimator(classifier, rows, y),
        TaskWeightsDisplay.from_estimator(classifier),
        TrainingHistoryDisplay.from_estimator(classifier),
    ):
        display.figure_.canvas.draw()
        plt.close(display.figure_)
