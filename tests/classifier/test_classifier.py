import dataclasses
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch

from mnistry import Classifier, Reader, evaluate
from mnistry.assets import MODEL
from mnistry.classifier.classifier import BATCH, rejection_scores, softmax
from mnistry.classifier.metadata import ModelMetadata
from mnistry.data.dataset import Dataset
from mnistry.data.split import Split
from mnistry.errors import ModelError
from mnistry.run.folder import Run


def test_weights_may_lie_beside_the_model(tmp_path: Path, mnist: Dataset) -> None:
    """As torch.onnx writes them; and the model's bytes may be at hand already."""
    path = tmp_path / "model.onnx"
    onnx.save(onnx.load(MODEL), path, save_as_external_data=True, location="weights", size_threshold=0)
    assert path.stat().st_size < 100_000
    images = mnist.validation.images[:3]
    for classifier in (Classifier(path), Classifier(path, data=path.read_bytes())):
        assert np.allclose(classifier.logits(images), Classifier().logits(images), atol=1e-4)


def test_the_bundled_model_reads_digits(mnist: Dataset) -> None:
    classifier = Classifier()
    probabilities = classifier.classify(mnist.validation.images)
    assert probabilities.shape == (5000, 10)
    assert probabilities.dtype == np.float32
    assert np.allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    figures = classifier.metadata.to_json()["validation"]
    assert (probabilities.argmax(axis=1) == mnist.validation.labels).sum() == figures["correct"]
    assert figures["accuracy"] > 0.99
    assert classifier.class_names == tuple("0123456789")


def test_channels_may_be_left_out_and_batches_do_not_matter(mnist: Dataset) -> None:
    classifier, images = Classifier(), mnist.validation.images[: BATCH + 3]
    whole = classifier.classify(images)
    assert np.array_equal(classifier.classify(images[..., 0]), whole)
    assert np.allclose(
        np.concatenate([classifier.classify(images[:5]), classifier.classify(images[5:])]), whole, atol=1e-5
    )
    assert classifier.classify(images[:0]).shape == (0, 10)


def test_the_temperature_is_applied(finished: tuple[Run, dict[str, Any]], mnist: Dataset) -> None:
    classifier = Classifier(finished[0].model)
    assert 0.05 < classifier.temperature < 20
    assert classifier.temperature != 1
    images = mnist.validation.images[:50]
    assert np.allclose(classifier.classify(images), softmax(classifier.logits(images) / classifier.temperature))


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.zeros((2, 28, 28)), "`images` are float64: wanted a uint8 array, 0–255, white ink on black"),
        (np.zeros((2, 28, 28), bool), r"`images` are bool: .*: 255 \* images.astype\(np.uint8\)$"),
        (np.ones((2, 28, 28), np.uint8), r"`images` are 0 and 1, as a mask is: wanted 0–255, .*: 255 \* images$"),
        ([[0]], r"`images` are list: wanted a uint8 array, 0–255, white ink on black: np.array\(images, np.uint8\)$"),
        (None, "`images` are NoneType: wanted a uint8 array, 0–255, white ink on black$"),
        (torch.zeros(2, 28, 28), r"`images` are Tensor: wanted a uint8 array, .*: images.cpu\(\).numpy\(\)$"),
        (np.zeros((28, 28), np.uint8), r"`images` are \(28, 28\): wanted \(n, h, w\) or \(n, h, w, c\) with h×w×c = "),
        (np.zeros((2, 1, 28, 28), np.uint8), r"`images` are \(2, 1, 28, 28\): wanted .* = 28×28×1"),
    ],
)
def test_other_images_are_refused(images: Any, message: str) -> None:
    with pytest.raises(ModelError, match=f"^{message}"):
        Classifier().classify(images)


def test_a_mask_that_was_learned_as_it_is_can_be_scored_so(mnist: Dataset) -> None:
    """`classify` refuses it; what evaluates a data set of 0 and 1 goes by the logits."""
    classifier, mask = Classifier(), (mnist.validation.images[:5] > 127).astype(np.uint8)
    found = classifier.calibrated(classifier.logits(mask))
    assert np.allclose(found.sum(axis=1), 1, atol=1e-5)
    data = dataclasses.replace(mnist, validation=Split(mask, mnist.validation.labels[:5]))
    assert np.array_equal(evaluate(classifier, data, "validation").probabilities, found)


def test_no_model_there(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"nothing\.onnx: no such model file$"):
        Classifier(tmp_path / "nothing.onnx")


@pytest.mark.parametrize("content", [b"", b"text", b"\x08\x07" * 50], ids=["empty", "text", "bytes"])
def test_no_onnx(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"model\.onnx: not an ONNX model that can be run: [^\n]+$"):
        Classifier(path)


def test_a_truncated_model(own_run: Run) -> None:
    own_run.model.write_bytes(own_run.model.read_bytes()[:-5000])
    with pytest.raises(ModelError, match="not an ONNX model that can be run"):
        Classifier(own_run.model)


def altered(path: Path, **metadata: str) -> Path:
    model = onnx.load(path)
    result = {p.key: p.value for p in model.metadata_props}
    del model.metadata_props[:]
    onnx.helper.set_model_props(model, {k: v for k, v in {**result, **metadata}.items() if v})
    onnx.save(model, path)
    return path


def test_a_bare_model_is_read_all_the_same(own_run: Run, mnist: Dataset) -> None:
    model = onnx.load(own_run.model)
    del model.metadata_props[:]
    onnx.save(model, own_run.model)
    classifier = Classifier(own_run.model)
    assert classifier.metadata == ModelMetadata()
    assert classifier.metadata.to_json() == {}
    assert classifier.class_names == tuple("0123456789")
    assert classifier.temperature == 1
    assert classifier.classify(mnist.validation.images[:3]).shape == (3, 10)


def test_foreign_metadata_do_no_harm(own_run: Run) -> None:
    classifier = Classifier(altered(own_run.model, author="me, not JSON", elapsed_s='"12 s"'))
    assert classifier.metadata.others == {"author": "me, not JSON"}
    assert classifier.metadata.elapsed_s is None
    assert classifier.metadata.seed == 0


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ({"class_names": '["a", "b"]'}, r"has 10 logits but the class names \['a', 'b'\]: wanted a name for each"),
        ({"class_names": "10"}, "has 10 logits but the class names 10: wanted a name for each"),
        ({"temperature": "0"}, "its temperature is 0: wanted 0.001 to 1000"),
        ({"temperature": '"hot"'}, "its temperature is 'hot': wanted 0.001 to 1000"),
    ],
)
def test_metadata_that_contradict_the_graph(own_run: Run, metadata: dict[str, str], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        Classifier(altered(own_run.model, **metadata))


def test_a_model_of_another_kind(tmp_path: Path) -> None:
    value = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [None, 3])
    out = onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [None, 3])
    graph = onnx.helper.make_graph([onnx.helper.make_node("Relu", ["x"], ["y"])], "g", [value], [out])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 18)], ir_version=9)
    onnx.save(model, tmp_path / "relu.onnx")
    with pytest.raises(ModelError, match=r"has x: tensor\(float\), 2 axes, y: .*: wanted images \(uint8, n h w c\)"):
        Classifier(tmp_path / "relu.onnx")


@pytest.mark.parametrize("kind", [Classifier, Reader])
def test_it_can_be_pickled_though_its_file_is_gone(tmp_path: Path, mnist: Dataset, kind: type[Classifier]) -> None:
    (path := tmp_path / "model.onnx").write_bytes(MODEL.read_bytes())
    pickled = pickle.dumps(kind(path, threads=1))
    path.unlink()
    again, images = pickle.loads(pickled), mnist.validation.images[:9]
    assert type(again) is kind
    assert again.path == path
    assert np.array_equal(again.classify(images), kind().classify(images))


def test_what_is_no_digit_has_a_low_rejection_score(mnist: Dataset) -> None:
    classifier, rng = Classifier(), np.random.default_rng(0)
    noise = rng.integers(0, 256, (50, 28, 28)).astype(np.uint8)
    digits, none = (rejection_scores(classifier.logits(some)) for some in (mnist.validation.images[:500], noise))
    assert np.median(none) < classifier.threshold < np.quantile(digits, 0.02)
