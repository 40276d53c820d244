"""Calibrates an exported network: the temperature of its probabilities, and the threshold of "not a digit".

The classifier divides its logits by the temperature, and rejects images whose `rejection_scores` are below the
threshold (`classifier.classifier`).
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnistry.classifier.classifier import Classifier, rejection_scores, softmax
from mnistry.classifier.metadata import ModelMetadata
from mnistry.data.dataset import Dataset
from mnistry.data.split import Split
from mnistry.errors import needs_extra
from mnistry.lineage import Rejection, ValidationScores

REJECTED = 0.002  # share of the validation images that the threshold of the rejection score rejects
LEARNED = 20_000  # most training images whose scores carry a threshold over to a network without validation images


def calibrated(metadata: ModelMetadata, path: Path, data_set: Dataset) -> ModelMetadata:
    """Return the metadata with what the images say of the network at `path`.

    The validation images give temperature, scores and rejection threshold. If there are none, the threshold is carried
    over from another network, if `metadata` have one.
    """
    if not len(data_set.validation):
        rejection = metadata.rejection and _carried_over(metadata.rejection, path, data_set)
        return replace(metadata, rejection=rejection)
    logits, validation = Classifier(path).logits(data_set.validation.images), data_set.validation
    temperature = fit_temperature(logits, validation.labels)
    threshold = float(np.quantile(rejection_scores(logits), REJECTED))
    below = float((_learned_scores(path, data_set) < threshold).mean())
    return replace(
        metadata,
        temperature=temperature,
        validation=_scores(logits, temperature, validation),
        rejection=Rejection(score="log-sum-exp of the logits", threshold=threshold, learned_below=below),
    )


def fit_temperature(logits: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    """Temperature scaling: return the number to divide `logits` (n, classes) by, so that confidence matches accuracy.

    Minimises the cross-entropy with `labels` (n,) of validation images, between 1/20 and 20: above 1 if
    the network is overconfident, below 1 if it is underconfident.

    Source: Guo et al. 2017, On Calibration of Modern Neural Networks.
    """
    with needs_extra("train", "calibrating"):
        from scipy.optimize import minimize_scalar
        from scipy.special import log_softmax

    wide = logits.astype(np.float64)

    def cross_entropy(log_temperature: float) -> float:
        scores = log_softmax(wide / np.exp(log_temperature), axis=1)
        return -float(scores[np.arange(len(labels)), labels].mean())

    best = minimize_scalar(cross_entropy, bounds=(-np.log(20), np.log(20)), method="bounded")
    return float(np.exp(best.x))


def _carried_over(rejection: Rejection, path: Path, data_set: Dataset) -> Rejection:
    """Return the threshold with the same share of training images below it as in the run that calibrates this one.

    The energy scores of two networks differ in scale, so that the threshold itself does not carry over.
    """
    threshold = float(np.quantile(_learned_scores(path, data_set), rejection.learned_below))
    return replace(rejection, threshold=threshold)


def _learned_scores(path: Path, data_set: Dataset) -> np.ndarray:
    """Return the energy scores of training images that show a class, `LEARNED` at most."""
    shown = data_set.train.labels < len(data_set.class_names)
    return rejection_scores(Classifier(path).logits(data_set.train.images[shown][:LEARNED]))


def _scores(logits: np.ndarray, temperature: float, validation: Split) -> ValidationScores:
    correct = int((logits.argmax(axis=1) == validation.labels).sum())
    chosen = softmax(logits / temperature)[np.arange(len(validation)), validation.labels]
    loss = float(-np.log(np.maximum(chosen, np.finfo(np.float32).tiny)).mean())
    return ValidationScores(accuracy=correct / len(validation), correct=correct, total=len(validation), loss=loss)
