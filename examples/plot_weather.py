"""
The weather of the next day from two weeks of measurements
==========================================================

A sample is a sequence of fourteen days in Seattle, with four measurements per day. Three labels of
the next day are learned together: the amount of rain, the change of temperature, and the strength
of the wind. The network is trained on 2012 to 2014 and tested on 2015.
"""

# %%
# The sequences have the shape ``(n_samples, n_steps, n_channels)``.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from vega_datasets import data

from sklearn_abmtl import ABMTLClassifier
from sklearn_abmtl.inspection import TaskAttentionDisplay
from sklearn_abmtl.metrics import task_accuracy_scores

weather = data.seattle_weather()
n_days = 14
measured = weather[["precipitation", "temp_max", "temp_min", "wind"]].to_numpy()
windows = np.lib.stride_tricks.sliding_window_view(measured, n_days, axis=0)[:-1]
X = windows.transpose(0, 2, 1)  # (n_samples, n_steps, n_channels)

today, tomorrow = measured[n_days - 1 : -1], measured[n_days:]
rain, warming, wind = tomorrow[:, 0], tomorrow[:, 1] - today[:, 1], tomorrow[:, 3]
y = pd.DataFrame(
    {
        "rain": np.array(["dry", "some", "much"])[np.digitize(rain, [0.1, 5])],
        "change": np.array(["colder", "same", "warmer"])[np.digitize(warming, [-1, 1])],
        "wind": np.array(["calm", "breeze", "windy"])[np.digitize(wind, [2.4, 3.6])],
    }
)
test = weather["date"][n_days:].dt.year.to_numpy() == 2015
print(X.shape, "test samples:", test.sum())
print(y.head(3))

# %%
# Three years with four numbers per day are few data. The forest gets the same numbers as flat rows,
# and is a strong competitor. For rain, no classifier is much better than the most frequent class.

classifiers = {
    "most frequent": DummyClassifier(),
    "RandomForestClassifier": RandomForestClassifier(300, min_samples_leaf=5, random_state=0),
    "ABMTLClassifier": ABMTLClassifier(max_epochs=15, random_state=0),
}
print(f"{'':24s}" + "".join(f"{task:>8s}" for task in y))
for name, classifier in classifiers.items():
    rows = X if name == "ABMTLClassifier" else X.reshape(len(X), -1)
    predicted = classifier.fit(rows[~test], y[~test]).predict(rows[test])
    scores = task_accuracy_scores(y[test], pd.DataFrame(predicted, columns=y.columns))
    print(f"{name:24s}" + "".join(f"{score:8.3f}" for score in scores))

# %%
# The figure shows where each task looks in the two weeks: the mean attention over the test rows.
# Each day is drawn like a feature of a table. Day 0 has the largest weight.

display = TaskAttentionDisplay(
    classifier.task_attention(X[test]), task_names=list(y), feature_names=range(1 - n_days, 1)
).plot(sample=None)
display.axes_[0, 0].set_ylabel("day (0 is today)")
plt.show()
