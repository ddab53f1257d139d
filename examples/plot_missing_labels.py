"""
Few labels of one task, many of the others
==========================================

The digit is known for only a few pictures. Three simpler labels are known for all pictures: whether
the digit is odd, whether it is at least five, and whether it has a closed loop. One network for all
four tasks learns more from the few digits than a network that learns only the digits.
"""

# %%
# The data are 1,797 handwritten digits of 8 x 8 pixels, with four labels per picture.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from sklearn_abmtl import ABMTLClassifier

X, digit = load_digits(return_X_y=True)
y = pd.DataFrame(
    {
        "digit": digit,
        "odd": digit % 2 == 1,
        "at_least_five": digit >= 5,
        "loop": np.isin(digit, [0, 6, 8, 9]),
    }
)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=500, random_state=0)

# %%
# A missing label is ``NaN`` or ``None`` in ``y``. For comparison, a second network learns only the
# same digits, from the rows with a known digit.

generator = np.random.default_rng(0)
order = generator.permutation(len(X_train))
n_labels = [30, 60, 125, 500]
accuracies = {"with the other tasks": [], "alone": []}
print(f"{'digits':>8s}{'together':>10s}{'alone':>10s}")
for n_known in n_labels:
    known = np.zeros(len(X_train), dtype=bool)
    known[order[:n_known]] = True
    partial = y_train.assign(digit=y_train["digit"].where(known))
    classifier = ABMTLClassifier(max_epochs=12, random_state=0).fit(X_train, partial)
    together = classifier.task("digit").score(X_test, y_test["digit"])
    alone = ABMTLClassifier(max_epochs=12, random_state=0)
    alone = alone.fit(X_train[known], y_train["digit"][known]).score(X_test, y_test["digit"])
    accuracies["with the other tasks"].append(together)
    accuracies["alone"].append(alone)
    print(f"{n_known:8d}{together:10.3f}{alone:10.3f}")

# %%
# The other tasks help more if fewer digits are known. With 500 known digits they do not help.

figure, axis = plt.subplots(figsize=(7, 3.6), layout="constrained")
for style, (name, values) in zip(["o-", "s--"], accuracies.items(), strict=True):
    axis.plot(n_labels, values, style, label=name)
axis.set(xscale="log", xlabel="pictures whose digit is known", ylabel="accuracy of the digit")
axis.set_xticks(n_labels, [str(n_known) for n_known in n_labels])
axis.minorticks_off()
axis.legend()
plt.show()
