"""Backbones: modules made elsewhere, models of torchvision, state dicts."""

from __future__ import annotations

import math
import sys
from enum import Enum
from types import SimpleNamespace

import contracts
import numpy as np
import pytest
import torch
from contracts import random_tensor, seeded
from torch import nn

from sklearn_abmtl.nn import BackboneEncoder

IMAGE = (3, 9, 12)


def image_module():
    return nn.Sequential(nn.Conv2d(3, 4, 3, stride=2), nn.BatchNorm2d(4), nn.Tanh())


def sequence_module():
    return nn.Sequential(nn.Linear(2, 6), nn.Tanh())


def table_module():
    return nn.Linear(7, 6)


# module, sample shape, grid, width of a token
MODULES = {
    "image": (image_module, IMAGE, (4, 5), 4),
    "grey image": (image_module, (1, 9, 12), (4, 5), 4),
    "sequence": (sequence_module, (9, 2), (9,), 6),
    "table": (table_module, (7,), (1,), 6),
}
every_module = pytest.mark.parametrize("name", MODULES)


def build_and_inputs(name, **options):
    make, sample_shape, *_ = MODULES[name]
    spec = BackboneEncoder(make, d_shared=8, **options)
    return lambda: spec.build(sample_shape), (random_tensor(5, *sample_shape),)


def small_encoder(module=image_module, sample_shape=IMAGE, **options):
    return BackboneEncoder(module, d_shared=8, **options).build(sample_shape)


def save(module, path):
    torch.save(module.state_dict(), path)
    return path


@every_module
def test_a_token_is_a_place_of_the_map(name):
    *_, grid, d_tokens = MODULES[name]
    build, inputs = build_and_inputs(name)
    encoder = seeded(build)
    assert (encoder.grid, encoder.d_tokens) == (grid, d_tokens)
    shapes = contracts.shapes(encoder(*inputs))
    assert shapes == [(5, math.prod(grid), d_tokens), (5, 8)]


@every_module
def test_backbones_keep_the_contract_of_encoders(name):
    build, inputs = build_and_inputs(name)
    encoder = seeded(build).train()
    # batch normalisation does not see a constant before it
    contracts.assert_gradients_reach_parameters(encoder, encoder(*inputs), [r"backbone\.\d\.0\.bi"])
    contracts.assert_samples_are_independent(seeded(build), inputs)
    contracts.assert_dtype_is_kept(build, inputs)
    contracts.assert_equal_seeds_give_equal_parameters(build)
    contracts.assert_state_dict_round_trips(build, inputs)
    contracts.assert_module_copies(seeded(build), inputs)


def test_specs_copy():
    contracts.assert_spec_copies(BackboneEncoder("vgg19", weights="DEFAULT", freeze=True))
    contracts.assert_spec_copies(BackboneEncoder(image_module))


def test_a_module_is_copied_and_its_mode_does_not_matter():
    module = image_module().eval()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    encoder = small_encoder(module)
    assert encoder.backbone.training
    assert not module.training
    for parameter in encoder.parameters():
        parameter.data += 1
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())


def test_a_grey_image_is_repeated_to_the_channels_that_are_wanted():
    module = image_module()
    grey, colored = small_encoder(module, (1, 9, 12)).eval(), small_encoder(module).eval()
    images = torch.randn(2, 1, 9, 12)
    assert torch.equal(grey(images)[0], colored(images.repeat(1, 3, 1, 1))[0])


def test_building_does_not_move_the_statistics():
    layer = small_encoder().backbone[0][1]
    assert layer.num_batches_tracked == 0
    assert not layer.running_mean.any()


def test_a_frozen_backbone_gets_no_gradient_and_stays_in_evaluation_mode():
    encoder = small_encoder(freeze=True).train()
    tokens, shared = encoder(torch.randn(4, *IMAGE))
    (tokens.sum() + shared.sum()).backward()
    assert not any(module.training for module in encoder.backbone.modules())
    assert encoder.to_shared.training
    assert all(parameter.grad is None for parameter in encoder.backbone.parameters())
    assert encoder.backbone.module[0][1].num_batches_tracked == 0


@pytest.mark.parametrize("module", [None, 3, print, [nn.Linear(2, 2)]])
def test_what_is_no_module_is_refused(module):
    text = "module must be the name of a torchvision model, a torch module or a function without"
    with pytest.raises(ValueError, match=text):
        small_encoder(module)


@pytest.mark.parametrize("lr_scale", [0, -1, math.inf, math.nan, "0.1", None])
def test_a_scale_of_the_learning_rate_is_above_0(lr_scale):
    text = f"BackboneEncoder: lr_scale must be a number above 0; found {lr_scale!r}"
    with pytest.raises(ValueError, match=text):
        small_encoder(lr_scale=lr_scale)


@pytest.mark.parametrize(
    ("module", "sample_shape", "text"),
    [
        (image_module, (2, 9, 12), r"does not accept samples of shape \(2, 9, 12\): .* 3 channels"),
        (image_module, (3, 2, 2), r"does not accept samples of shape \(3, 2, 2\): "),
        (table_module, (4,), r"does not accept samples of shape \(4,\): "),
        (nn.Flatten, IMAGE, r"to \(batch, d_tokens, h, w\); found \(2, 324\)"),
        (nn.Flatten, (9, 2), r"to \(batch, n_tokens, d_tokens\); found \(2, 18\)"),
        (lambda: nn.LSTM(2, 3, batch_first=True), (9, 2), r"n_tokens, d_tokens\); found tuple"),
        (lambda: nn.Unflatten(1, (1, 7)), (7,), r"to \(batch, d_tokens\); found \(2, 1, 7\)"),
    ],
)
def test_modules_that_give_no_map_are_refused(module, sample_shape, text):
    with pytest.raises(ValueError, match=f"BackboneEncoder: module .*{text}"):
        small_encoder(module, sample_shape)


@pytest.mark.parametrize("as_path", [str, lambda path: path])
def test_weights_come_from_a_file(tmp_path, as_path):
    source = image_module()
    path = save(source, tmp_path / "weights.pt")
    encoder = small_encoder(weights=as_path(path))
    for name, value in encoder.backbone[0].state_dict().items():
        assert torch.equal(value, source.state_dict()[name]), name


@pytest.mark.parametrize(
    ("module", "text"),
    [
        (nn.Sequential(nn.Conv2d(3, 4, 3)), r'Missing key\(s\) in state_dict: "1.weight"'),
        (nn.Sequential(*image_module(), nn.BatchNorm2d(4)), r'Unexpected key\(s\).*"3.weight"'),
        (nn.Sequential(nn.Conv2d(3, 5, 3), nn.BatchNorm2d(5)), "size mismatch for 0.weight"),
    ],
)
def test_weights_of_another_module_are_refused(tmp_path, module, text):
    path = save(module, tmp_path / "weights.pt")
    with pytest.raises(ValueError, match=rf"(?s)weights in '.*pt' are not those .*{text}"):
        small_encoder(weights=path)


@pytest.mark.parametrize("content", [image_module(), [torch.zeros(2)]])
def test_files_with_anything_but_a_state_dict_are_refused(tmp_path, content):
    path = tmp_path / "weights.pt"
    torch.save(content, path)  # a whole module is code, which is not run
    text = r"weights must be a file that torch.save\(module.state_dict\(\), path\) wrote; '.*pt'"
    with pytest.raises(ValueError, match=text):
        small_encoder(weights=path)


@pytest.mark.parametrize("weights", ["DEFAULT", "nowhere.pt", 3])
def test_modules_take_weights_from_files_alone(weights):
    text = f"weights of a module must be None or the path of a file; found {weights!r}"
    with pytest.raises(ValueError, match=text):
        small_encoder(weights=weights)


class SmallModel(nn.Module):
    """A classifier laid out as torchvision's are."""

    def __init__(self, n_classes=10):
        super().__init__()
        self.features = image_module()
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(4, n_classes)


class SmallWeights(Enum):
    """Weights laid out as torchvision's are."""

    V1 = SimpleNamespace(url="https://example.org/small.pth")
    DEFAULT = V1

    @property
    def url(self):
        return self.value.url


@pytest.fixture
def asked(monkeypatch):
    """Put a small library in the place of torchvision; return the weights that it is asked for."""
    asked = []

    def get_model(name, weights):
        asked.append(weights)
        return SmallModel()

    library = SimpleNamespace(
        get_model=get_model,
        get_model_weights=lambda name: SmallWeights,
        list_models=lambda module: ["small"],
    )
    monkeypatch.setitem(sys.modules, "torchvision.models", library)
    return asked


@pytest.mark.parametrize("weights", [None, "V1", "DEFAULT"])
def test_a_named_model_comes_from_torchvision_without_its_head(asked, weights):
    encoder = small_encoder("small", weights=weights)
    assert asked == [weights]
    assert [name for name, _ in encoder.backbone[0].named_children()] == ["features"]
    assert (encoder.grid, encoder.d_tokens) == ((4, 5), 4)


@pytest.mark.parametrize("model", [SmallModel(), SmallModel(n_classes=2)])
def test_files_of_named_models_may_have_any_head(asked, tmp_path, model):
    path = save(model, tmp_path / "weights.pt")
    encoder = small_encoder("small", weights=path)
    assert asked == [None]
    assert torch.equal(encoder.backbone[0].features[0].weight, model.features[0].weight)


def test_files_of_named_models_must_have_the_rest(asked, tmp_path):
    path = save(SmallModel().features, tmp_path / "weights.pt")
    with pytest.raises(ValueError, match=r'(?s)Missing key.*"features.0.weight".*Unexpected'):
        small_encoder("small", weights=path)


@pytest.mark.parametrize("weights", ["V2", "nowhere.pt", 3])
def test_unknown_names_of_weights_are_refused(asked, weights):
    text = rf"must be None, the path of a file, or one of \['DEFAULT', 'V1'\]; found {weights!r}"
    with pytest.raises(ValueError, match=text):
        small_encoder("small", weights=weights)


def test_unknown_models_are_refused(asked):
    with pytest.raises(ValueError, match=r"module must be one of torchvision.* found 'vgg20'"):
        small_encoder("vgg20")


def test_without_a_network_the_error_says_what_to_fetch(asked, monkeypatch):
    def get_model(name, weights):
        raise OSError("no route")

    monkeypatch.setattr(sys.modules["torchvision.models"], "get_model", get_model)
    text = (
        r"'DEFAULT' of 'small' could not be downloaded \(no route\). Download https://example.org/"
    )
    with pytest.raises(OSError, match=text):
        small_encoder("small", weights="DEFAULT")


def test_without_torchvision_the_error_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "torchvision.models", None)
    with pytest.raises(ImportError, match=r"'vgg19' .* `pip install sklearn-abmtl\[vision\]`"):
        small_encoder("vgg19")


@pytest.fixture
def torchvision_models():
    """Return torchvision's own models, where they can be imported."""
    try:
        import torchvision.models  # noqa: PLC0415 (torchvision is optional)
    except (ImportError, RuntimeError) as error:
        pytest.skip(f"needs torchvision of the same build as torch: {error}")
    return torchvision.models


@pytest.mark.parametrize(
    ("name", "d_tokens"),
    [
        ("vgg11", 512),
        ("resnet18", 512),
        ("mobilenet_v3_small", 576),
        ("efficientnet_b0", 1280),
        ("convnext_tiny", 768),
    ],
)
@pytest.mark.parametrize("n_channels", [1, 3])
def test_torchvision_models_read_small_images(torchvision_models, name, d_tokens, n_channels):
    encoder = small_encoder(name, (n_channels, 32, 32)).eval()
    assert (encoder.grid, encoder.d_tokens) == ((1, 1), d_tokens)
    tokens, shared = encoder(torch.randn(2, n_channels, 32, 32))
    assert tokens.shape == (2, 1, d_tokens)
    assert shared.isfinite().all()


def test_torchvision_features_end_before_the_pooling(torchvision_models, tmp_path):
    model = torchvision_models.get_model("resnet18", weights=None).eval()
    encoder = small_encoder("resnet18", (3, 64, 64), weights=save(model, tmp_path / "r.pt")).eval()
    images = torch.randn(2, 3, 64, 64)
    tokens, _ = encoder(images)
    with torch.no_grad():
        logits = model.fc(tokens.mean(1))
        np.testing.assert_allclose(logits, model(images), rtol=1e-4, atol=1e-5)


def test_torchvision_is_asked_to_download(torchvision_models, monkeypatch):
    urls = []

    def download(url, **options):
        urls.append(url)
        raise OSError("no network")

    monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", download)
    with pytest.raises(OSError, match=r"Download https://download.pytorch.org/models/resnet18-"):
        small_encoder("resnet18", weights="DEFAULT")
    assert len(urls) == 1
