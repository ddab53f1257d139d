"""
Two handwritten digits, read together
=====================================

Each picture shows two handwritten digits side by side, and each has two labels: the left and the
right digit. One network learns both. The digits of the test pictures occur in no training picture.

A table compares it with a random forest, which also takes several labels a sample, and a figure
shows some test pictures, where each task looked, the decoder's reconstruction, and the training
curve.
"""

# %%
# The data: 2,000 training and 1,000 test pictures of 8 x 16 pixels, as flat rows, composed from
# the digits that ship with scikit-learn.

import sys
import time

import matplotlib.pyplot as plt
import numpy as np
from sklearn.ensemble import RandomForestClassifier

from sklearn_abmtl import ABMTLClassifier
from sklearn_abmtl.datasets import make_digit_pairs
from sklearn_abmtl.metrics import exact_match_score, task_accuracy_scores

X_train, y_train = make_digit_pairs(2000, subset="train", random_state=0)
X_test, y_test = make_digit_pairs(1000, subset="test", random_state=0)

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
# Where each task looks: the weights of its attention over the picture, summing to 1. Beside it, the
# training curve: the losses are divided by that of the best constant classifier, so that 1 means
# nothing learned, for every task.

classifier = classifiers["ABMTLClassifier"]
shown = X_test[:5]
attention = classifier.task_attention(shown)  # (n_samples, n_tasks, height, width)
probabilities = classifier.predict_proba(shown)
rows = ["picture", "left task", "right task", "decoded"]

figure = plt.figure(figsize=(11, 3.6), layout="constrained")
pictures, curve = figure.subfigures(1, 2, width_ratios=(2, 1))
axes = pictures.subplots(len(rows), len(shown))
reconstructed = classifier.reconstruct(shown)
for sample in range(len(shown)):
    picture = shown[sample].reshape(8, 16)
    images = [picture, *attention[sample], reconstructed[sample].reshape(8, 16)]
    for row, image in enumerate(images):
        axis = axes[row, sample]
        axis.imshow(image, cmap="viridis" if row in (1, 2) else "gray")
        axis.set(xticks=[], yticks=[])
    labels = [int(p[sample].argmax()) for p in probabilities]
    axes[0, sample].set_title(f"read: {labels[0]} {labels[1]}", fontsize=10)
    for row in (1, 2):
        axes[row, sample].contour(picture, levels=[8], colors="white", linewidths=0.7)
for row, name in enumerate(rows):
    axes[row, 0].set_ylabel(name, fontsize=10)

history = classifier.history_
epochs = [row["epoch"] for row in history]
axis = curve.subplots()
for color, digit, task in [("C0", "left", "task_0"), ("C1", "right", "task_1")]:
    for style, subset in [("--", "train"), ("-", "valid")]:
        losses = [row[f"{subset}_loss_{task}"] for row in history]
        axis.plot(epochs, losses, style, color=color, label=f"{digit}, {subset}")
axis.set(xlabel="epoch", ylabel="loss (1: a constant)", yscale="log")
axis.set_xticks(np.arange(0, len(epochs) + 1, 5))
axis.legend(fontsize=9)

for path in sys.argv[1:]:
    figure.savefig(path, dpi=120)
    print(f"Pictures, attention and training curve: {path}")
plt.show()
