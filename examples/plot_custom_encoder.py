"""
An encoder of your own
======================

An encoder turns a sample into *tokens*, which the tasks read, and one *shared* vector. An encoder
of your own needs about forty lines. It has two classes: a spec with the options, and a torch module
that the spec builds. ``clone``, grid searches and saved files treat it like the encoders of the
package.
"""

# %%
# This encoder divides a picture into patches. The patches read each other, as in vision
# transformers. ``build`` receives the shape of a sample. The module has three attributes: ``grid``
# is the number of tokens along each axis of the picture, ``d_tokens`` is the width of a token, and
# ``d_shared`` is the width of the shared vector.

import time
from dataclasses import dataclass

import matplotlib.pyplot as plt
import pandas as pd
from torch import nn

from sklearn_abmtl import ABMTLClassifier, Spec
from sklearn_abmtl.datasets import make_digit_pairs
from sklearn_abmtl.inspection import TaskAttentionDisplay
from sklearn_abmtl.metrics import exact_match_score


@dataclass(kw_only=True)
class PatchEncoder(Spec):
    """Patches of an image as tokens, and self-attention between them."""

    patch: int = 4
    width: int = 32
    n_layers: int = 1

    def build(self, sample_shape):
        """Build the module for samples of the given shape."""
        self.check_counts("patch", "width", "n_layers")
        return PatchModule(sample_shape, self.patch, self.width, self.n_layers)


class PatchModule(nn.Module):
    """A convolution with one step per patch, positions, and transformer layers."""

    def __init__(self, sample_shape, patch, width, n_layers):
        super().__init__()
        n_channels, height, width_of_picture = sample_shape
        self.grid = (height // patch, width_of_picture // patch)
        self.d_tokens, self.d_shared = width, 128
        n_tokens = self.grid[0] * self.grid[1]
        self.to_patches = nn.Conv2d(n_channels, width, patch, stride=patch)
        self.positions = nn.Embedding(n_tokens, width)
        layer = nn.TransformerEncoderLayer(width, 4, 2 * width, batch_first=True)
        self.layers = nn.TransformerEncoder(layer, n_layers, enable_nested_tensor=False)
        self.to_shared = nn.Sequential(nn.Flatten(), nn.Linear(n_tokens * width, 128), nn.GELU())

    def forward(self, features):
        """Encode (batch, n_channels, height, width)."""
        patches = self.to_patches(features).flatten(2).transpose(1, 2)
        tokens = self.layers(patches + self.positions.weight)  # (batch, n_tokens, width)
        return tokens, self.to_shared(tokens)


# %%
# Pass the spec in place of the encoder's name. Its options are keys for searches, for example
# ``encoder__patch`` and ``encoder__n_layers``.

X_train, y_train = make_digit_pairs(1500, subset="train", random_state=0)
X_test, y_test = make_digit_pairs(500, subset="test", random_state=0)
y_train = pd.DataFrame(y_train, columns=["left", "right"])  # names of the tasks
encoders = {
    "patches of 4": PatchEncoder(),
    "patches of 2": PatchEncoder(patch=2),
    "VGGEncoder (default)": "vgg",
    "MLPEncoder": "mlp",
}
fitted = {}
print(f"{'':22s}{'both right':>12s}{'parameters':>12s}{'seconds':>9s}")
for name, encoder in encoders.items():
    classifier = ABMTLClassifier(
        input_shape=(128,) if encoder == "mlp" else (1, 8, 16),
        encoder=encoder,
        decoder=None,
        max_epochs=12,
        random_state=0,
    )
    begin = time.perf_counter()
    both = exact_match_score(y_test, classifier.fit(X_train, y_train).predict(X_test))
    seconds = time.perf_counter() - begin
    n_parameters = sum(parameter.numel() for parameter in classifier.net_.module_.parameters())
    fitted[name] = classifier
    print(f"{name:22s}{both:12.3f}{n_parameters:12,d}{seconds:9.1f}")

# %%
# Displays work as with any encoder. This one shows where the two tasks look in two test pictures.
# Each cell is one patch.

figure, axes = plt.subplots(2, 1, figsize=(7, 3.2), layout="constrained")
for sample, axis in enumerate(axes):
    TaskAttentionDisplay.from_estimator(fitted["patches of 2"], X_test[:2], sample=sample, ax=axis)
plt.show()
