"""
Strings of digits, read by position
===================================

A picture shows three to five handwritten digits with gaps of random width, so that the third digit
may stand at many places. Each position is a task with eleven classes: ten digits, and "no digit"
after the end of the string. The length is a task as well. Nothing tells the network where a digit
stands: the query of each task has to find it.
"""

# %%
# The data: 8 x 50 pixels as flat rows, composed from the digits that ship with scikit-learn. The
# digits of the test strings occur in no training string.

import matplotlib.pyplot as plt
import pandas as pd

from sklearn_abmtl import ABMTLClassifier
from sklearn_abmtl.datasets import make_digit_strings
from sklearn_abmtl.inspection import TaskAttentionDisplay, TaskConfusionDisplay
from sklearn_abmtl.metrics import exact_match_score, task_accuracy_scores

tasks = ["first", "second", "third", "fourth", "fifth", "length"]
X_train, y_train = make_digit_strings(2000, subset="train", random_state=0)
X_test, y_test = make_digit_strings(500, subset="test", random_state=0)
y_train = pd.DataFrame(y_train, columns=tasks)
y_test = pd.DataFrame(y_test, columns=tasks)
print(y_train.head(3))

# %%
# Images have a decoder by default: a bidirectional LSTM that reads the columns of the encoded
# picture from left to right and back. Each of its states knows what stands on both sides.

classifier = ABMTLClassifier(input_shape=(1, 8, 50), max_epochs=12, lr=0.004, random_state=0)
classifier.fit(X_train, y_train)
predicted = classifier.predict(X_test)
for task, accuracy in zip(tasks, task_accuracy_scores(y_test, predicted), strict=True):
    print(f"{task:8s}{accuracy:6.3f}")
print(f"whole strings: {exact_match_score(y_test, predicted):.3f}")

# %%
# Where each task looks in a string of the test set. Each position finds its own digit; positions
# after the end have nothing to look at.

print("read:", *[label for label in predicted[0, :5] if label != 10])
TaskAttentionDisplay.from_estimator(classifier, X_test[:1])
plt.show()

# %%
# Which digits are taken for others at each position; 10 stands for "no digit".

TaskConfusionDisplay.from_predictions(y_test, predicted)
plt.show()
