"""
Calibration and a threshold, task by task
=========================================

A probability of 30 % for rain should mean that it rains on three of ten such days. A warning of
frost should be issued even if frost is only possible. Both can be done after the training, with
scikit-learn's tools: the probabilities are calibrated, and one task gets its own threshold.
"""

# %%
# The labels are rain, frost and strong wind on the next day in Seattle. The features are the
# measurements of the last three days. The network learns from 2012 and 2013. The calibration and
# the threshold are fitted on 2014. The test rows are those of 2015.

import matplotlib.pyplot as plt
import pandas as pd
from sklearn.calibration import CalibrationDisplay
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import precision_score, recall_score
from sklearn.model_selection import TunedThresholdClassifierCV
from vega_datasets import data

from sklearn_abmtl import ABMTLClassifier, calibrate, task_view
from sklearn_abmtl.metrics import task_log_losses

weather = data.seattle_weather()
measured = weather[["precipitation", "temp_max", "temp_min", "wind"]]
X = pd.concat([measured.shift(lag).add_suffix(f"_{lag}") for lag in (1, 2, 3)], axis=1)[3:]
y = pd.DataFrame(
    {
        "rain": weather["precipitation"] > 0,
        "frost": weather["temp_min"] <= 1,
        "wind": weather["wind"] >= 4,
    }
)[3:]
year = weather["date"].dt.year[3:]
fit_rows, tune_rows, test_rows = year <= 2013, year == 2014, year == 2015
print(y.groupby(year).mean().round(2))

# %%
# This network is trained on 730 rows for many epochs with little weight decay. Its probabilities
# are overconfident.

classifier = ABMTLClassifier(max_epochs=60, weight_decay=0.01, lr=0.005, random_state=0)
classifier.fit(X[fit_rows], y[fit_rows])

# %%
# :func:`~sklearn_abmtl.calibrate` fits one calibrator per task, on rows from which the network did
# not learn. This is the log-loss of every task on the test rows, before and after:

calibrated = calibrate(classifier, X[tune_rows], y[tune_rows], method="sigmoid")
for name, fitted in [("as trained", classifier), ("calibrated", calibrated)]:
    losses = task_log_losses(y[test_rows], fitted.predict_proba(X[test_rows]), classifier.classes_)
    print(f"{name:12s}", dict(zip(y, losses.round(3).tolist(), strict=True)))

# %%
# ``classifier.task("rain")`` is one task as a classifier of its own. scikit-learn's displays accept
# it. For other estimators use ``task_view(fitted, "rain")``. On the dashed line, the predicted
# probability is equal to the share of days with rain.

figure, axis = plt.subplots(figsize=(5.5, 4.5), layout="constrained")
views = {"as trained": classifier.task("rain"), "calibrated": task_view(calibrated, "rain")}
for name, view in views.items():
    CalibrationDisplay.from_estimator(
        view, X[test_rows], y["rain"][test_rows], n_bins=6, strategy="quantile", name=name, ax=axis
    )
axis.set(xlabel="predicted probability of rain", ylabel="share of days with rain")
plt.show()

# %%
# The threshold for frost is the one with the best balanced accuracy on the rows of 2014. The
# network is unchanged.

untuned = task_view(calibrated, "frost")
frost = TunedThresholdClassifierCV(FrozenEstimator(untuned), cv="prefit", refit=False)
frost.fit(X[tune_rows], y["frost"][tune_rows])
print(f"threshold {frost.best_threshold_:.2f}")
for name, fitted in [("threshold 0.5", untuned), ("tuned", frost)]:
    predicted = fitted.predict(X[test_rows])
    found = recall_score(y["frost"][test_rows], predicted)
    right = precision_score(y["frost"][test_rows], predicted)
    print(f"{name:14s} frosts found: {found:.2f}   correct warnings: {right:.2f}")
