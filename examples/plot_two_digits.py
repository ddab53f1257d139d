"""
Two handwritten digits, read together
=====================================

Each picture shows two handwritten digits side by side. It has two labels: the left digit and the
right digit. One network learns both. No digit of a test picture occurs in a training picture.

A table compares the network with a random forest, which also accepts several labels per sample. A
figure shows test pictures, where each task looks, the decoder's reconstruction, and the training
curves.
"""

# %%
# There are 2,000 training and 1,000 test pictures of 8 x 16 pixels. Each picture is a flat row. The
# pictures are composed from the digits in scikit-learn.

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
# Both classifiers have their defaults, except for a shorter training of the network.
# ``input_shape`` turns the flat rows into images.

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
# The figure shows the attention weights of each task in two of the pictures, with the outline of
# the digits. The weights of a task sum to 1. Below are the decoder's reconstructions. On the right
# are the training curves. Each loss is divided by the loss of the best constant classifier, so a
# loss of 1 means that nothing was learned. Displays draw in a figure of their own or, as here, in
# axes that you pass.

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
