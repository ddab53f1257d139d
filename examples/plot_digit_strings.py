"""
Strings of digits, read by position
===================================

A picture shows three to five handwritten digits with gaps of random width, so that the third digit
can be at many places. Each position is a task with eleven classes: ten digits, and "no digit" after
the end of the string. The length is a task as well. The network does not receive the places of the
digits. The query of each task must find its digit.
"""

# %%
# Each picture has 8 x 50 pixels and is a flat row. It is composed from the digits in scikit-learn.
# No digit of a test string occurs in a training string.

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
# Images have a decoder by default. It is a bidirectional LSTM, which reads the columns of the
# encoded picture from left to right and from right to left. Each state depends on both sides of its
# column.

classifier = ABMTLClassifier(input_shape=(1, 8, 50), max_epochs=12, lr=0.004, random_state=0)
classifier.fit(X_train, y_train)
predicted = classifier.predict(X_test)
for task, accuracy in zip(tasks, task_accuracy_scores(y_test, predicted), strict=True):
    print(f"{task:8s}{accuracy:6.3f}")
print(f"whole strings: {exact_match_score(y_test, predicted):.3f}")

# %%
# The display shows where each task looks in a string of the test set. Each position finds its own
# digit. Positions after the end have no digit to find.

print("read:", *[label for label in predicted[0, :5] if label != 10])
TaskAttentionDisplay.from_estimator(classifier, X_test[:1])
plt.show()

# %%
# The confusion matrices show which digits are confused at each position. The class 10 means "no
# digit".

TaskConfusionDisplay.from_predictions(y_test, predicted)
plt.show()
