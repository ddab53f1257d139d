"""
Two handwritten digits, read together
=====================================

Each picture shows two handwritten digits side by side, and each has two labels: the left and the
right digit. One network learns both. The digits of the test pictures occur in no training picture.

A table compares it with a random forest, which also takes several labels a sample, and a figure
shows test pictures, where each task looked, the decoder's reconstruction, and the training curves.
"""

# %%
# The data: 2,000 training and 1,000 test pictures of 8 x 16 pixels, as flat rows, composed from
# the digits that ship with scikit-learn.

import sys
import time

import matplotlib.pyplot as plt
import pandas as pd
from sklearn.ensemble import RandomForestClassifier

from sklearn_abmtl import ABMTLClassifier
from sklearn_abmtl.datasets import make_digit_pairs
from sklearn_abmtl.inspection import (
    ReconstructionDisplay,
    TaskAttentionDisplay,
    TrainingHistoryDisplay,
)
from sklearn_abmtl.metrics import exact_match_score, task_accuracy_scores

X_train, y_train = make_digit_pairs(2000, subset="train", random_state=0)
X_test, y_test = make_digit_pairs(1000, subset="test", random_state=0)
y_train = pd.DataFrame(y_train, columns=["left", "right"])  # names of the tasks
y_test = pd.DataFrame(y_test, columns=["left", "right"])

# %%
# Both classifiers, with defaults but for a shorter training; ``input_shape`` makes images of the
# flat rows.

classifiers = {
    "ABMTLClassifier": ABMTLClassifier(input_shape=(1, 8, 16), max_epochs=15, random_state=0),
    "RandomForestClassifier": RandomForestClassifier(random_state=0),
}
print(f"{'':24s}{'left':>8s}{'right':>8s}{'both right':>12s}{'seconds':>9s}")
for name, classifier in classifiers.items():
    begin = time.perf_counter()
    predicted = classifier.fit(X_train, y_train).predict(X_test)
    seconds = time.perf_counter() - begin
    left, right = task_accuracy_scores(y_test, predicted)
    both = exact_match_score(y_test, predicted)
    print(f"{name:24s}{left:8.3f}{right:8.3f}{both:12.3f}{seconds:9.1f}")

# %%
# Where each task looks in two of the pictures: the weights of its attention, summing to 1, with the
# outline of the digits. Below, what the decoder makes of the pictures. On the right the training
# curves: the losses are divided by that of the best constant classifier, so that 1 means nothing
# learned, for every task. Displays draw in a figure of their own or, as here, in axes of another.

classifier = classifiers["ABMTLClassifier"]
figure, axes = plt.subplot_mosaic(
    [["first", "history"], ["second", "history"], ["decoded", "history"]],
    figsize=(14, 5.2),
    height_ratios=(1, 1, 1.3),
    layout="constrained",
)
for sample, place in enumerate(["first", "second"]):
    TaskAttentionDisplay.from_estimator(classifier, X_test[:2], sample=sample, ax=axes[place])
ReconstructionDisplay.from_estimator(classifier, X_test, n_samples=4, ax=axes["decoded"])
history = TrainingHistoryDisplay.from_estimator(classifier, ax=axes["history"])
history.axes_[0].set_yscale("log")

for path in sys.argv[1:]:
    figure.savefig(path, dpi=120)
    print(f"Pictures, attention and training curve: {path}")
plt.show()
