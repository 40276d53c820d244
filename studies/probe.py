"""One small torch network and the ways to train it that `ideas` compares.

Finished, with ideas.py: last run at commit 8c7c284.
"""

import math
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from mnistry.data import load_dataset
from mnistry.training.loops import backend

FOLDS = 12


@dataclass(frozen=True)
class Probe:
    """One way to train: conv k5 – pool – conv k3 – pool – dense – 10."""

    crop_px: int = 2  # off each side: 24×24 px are left
    half_size: bool = False  # 2×2 px averaged to one instead of the first pooling
    stride: int = 1  # of the first convolution; 2 takes the place of its pooling
    channels: tuple[int, int] = (16, 32)
    dense: int = 128
    normalise: bool = True  # batch normalisation, which takes the place of biases
    whiten: bool = False  # first filters: the patches' principal components, whitened, never trained
    dropout: float = 0.0
    batch_sizes: tuple[int, ...] = (128,)  # in equal parts of the images
    epochs: int = 1
    share: float = 1.0  # of the training images
    rate: float = 0.01
    betas: tuple[float, float] = (0.7, 0.9)
    warm_up: float = 0.3  # share of the steps in which the rate rises; then it falls along a cosine
    muon: bool = False  # orthogonalised momentum for the second convolution and the dense layer
    smoothing: float = 0.1
    average: float = 0.0  # decay of averaged weights, over the last half
    shift_px: int = 0  # each batch is moved by up to so much
    keep_hardest: float = 1.0  # share of each batch that is learned, in the second half
    gather: bool = False  # an index copy a batch instead of one shuffle an epoch
    floats: bool = False  # pixels kept as floats, not bytes
    set_to_zero: bool = False  # gradients zeroed, not dropped
    metrics: bool = False  # loss and accuracy read off every step
    fused: bool = True  # Adam in one kernel
    channels_last: bool = True
    tuned_malloc: bool = True
    threads: int = 2


def run_folds(probe: Probe, folds: int) -> list[tuple[float, float]]:
    data = load_dataset()
    images = np.concatenate([data.train.images, data.validation.images])
    labels = np.concatenate([data.train.labels, data.validation.labels])
    return [run(probe, images, labels, fold) for fold in range(folds)]


def run(probe: Probe, images: np.ndarray, labels: np.ndarray, fold: int) -> tuple[float, float]:
    """Train and score one fold; returns (accuracy, seconds of training)."""
    order = np.random.default_rng(0).permutation(len(labels))
    held, rest = order[fold::FOLDS], np.delete(order, np.s_[fold::FOLDS])
    _tune_malloc(probe.tuned_malloc)
    torch.set_num_threads(probe.threads)
    torch.manual_seed(fold)
    rest = rest[: int(probe.share * len(rest))]
    crop = slice(probe.crop_px, 28 - probe.crop_px)
    pixels = torch.from_numpy(np.ascontiguousarray(images[:, None, crop, crop, 0]))
    x, y = pixels[rest], torch.from_numpy(labels[rest])
    network = build(probe)
    if probe.whiten:
        _whiten(network[0], x)
    elapsed_s = train(network, probe, x, y, np.random.default_rng(fold))
    network.eval()
    with torch.inference_mode():
        found = torch.cat([network(part.float() / 255).argmax(1) for part in pixels[held].split(500)])
    return float((found.numpy() == labels[held]).mean()), elapsed_s


def build(probe: Probe) -> nn.Sequential:
    first, second = probe.channels
    side = (28 - 2 * probe.crop_px) // (2 if probe.half_size else 1) - 4
    side = ((side if probe.half_size else (side + 1) // 2) - 2) // 2
    bias = not probe.normalise

    def normal(layer: nn.Module) -> list[nn.Module]:
        return [layer, nn.ReLU()] if probe.normalise else [nn.ReLU()]

    layers: list[nn.Module] = [nn.Conv2d(1, first, 5, probe.stride, bias=bias)]
    layers += [nn.MaxPool2d(2)] if probe.stride == 1 and not probe.half_size else []
    layers += normal(nn.BatchNorm2d(first))
    layers += [nn.Conv2d(first, second, 3, bias=bias), nn.MaxPool2d(2), *normal(nn.BatchNorm2d(second)), nn.Flatten()]
    features = second * side * side
    if probe.dense:
        layers += [nn.Linear(features, probe.dense, bias=bias), *normal(nn.BatchNorm1d(probe.dense))]
        layers += [nn.Dropout(probe.dropout)] if probe.dropout else []
        features = probe.dense
    network: Any = nn.Sequential(*layers, nn.Linear(features, 10))
    if probe.half_size:
        network.insert(0, nn.AvgPool2d(2))
    return network.to(memory_format=torch.channels_last) if probe.channels_last else network


def train(network: nn.Sequential, probe: Probe, x: torch.Tensor, y: torch.Tensor, rng: np.random.Generator) -> float:
    plan = steps(probe, len(y))
    optimizers = _optimizers(network, probe)
    parameters = list(network.parameters())
    averaged: list[torch.Tensor] = []
    result = 0.0
    started = time.perf_counter()
    if probe.floats:
        x = x.float().div_(255)
    order, shuffled = torch.arange(0), (x, y)
    for step, (epoch_begins, batch) in enumerate(plan):
        if epoch_begins:
            order = torch.from_numpy(rng.permutation(len(y)))
            shuffled = (x, y) if probe.gather else (x[order], y[order])
        part = order[batch] if probe.gather else batch
        pixels, wanted = shuffled[0][part], shuffled[1][part]
        pixels = pixels if probe.floats else pixels.float().mul_(1 / 255)
        if probe.shift_px:
            pixels = pixels.roll(tuple(rng.integers(-probe.shift_px, probe.shift_px + 1, 2).tolist()), (2, 3))
        if probe.keep_hardest < 1 and 2 * step > len(plan):
            pixels, wanted = _hardest(network, pixels, wanted, probe.keep_hardest)
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                group["lr"] = group["initial_lr"] * rate(step / len(plan), probe.warm_up)
        logits = network(pixels)
        loss = functional.cross_entropy(logits, wanted, label_smoothing=probe.smoothing)
        loss.backward()
        if probe.metrics:
            result += loss.item() + int((logits.argmax(1) == wanted).sum())
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=not probe.set_to_zero)
        if probe.average and 2 * step > len(plan):
            averaged = averaged or [p.detach().clone() for p in parameters]
            for mean, parameter in zip(averaged, parameters, strict=True):
                mean.lerp_(parameter.detach(), 1 - probe.average)
    for parameter, mean in zip(parameters, averaged, strict=False):
        parameter.data.copy_(mean)
    return time.perf_counter() - started


def steps(probe: Probe, images: int) -> list[tuple[bool, slice]]:
    """Of every step: whether an epoch begins with it, and its part of the epoch's order. Whole batches only."""
    plan = []
    for _ in range(probe.epochs):
        begins = True
        for part, size in enumerate(probe.batch_sizes):
            start, end = (images * n // len(probe.batch_sizes) for n in (part, part + 1))
            for at in range(start, end - size + 1, size):
                plan.append((begins, slice(at, at + size)))
                begins = False
    return plan


def rate(done: float, warm_up: float) -> float:
    """One cycle (Smith & Topin 2017): up from 1/25 along a line, down to 0 along a cosine."""
    if done < warm_up:
        return 0.04 + 0.96 * done / warm_up
    return 0.5 * (1 + math.cos(math.pi * (done - warm_up) / (1 - warm_up)))


class Muon(torch.optim.Optimizer):
    """Momentum, made orthogonal by five Newton–Schulz steps (Jordan et al. 2024)."""

    def __init__(self, parameters: list[nn.Parameter], lr: float) -> None:
        super().__init__(parameters, {"lr": lr, "initial_lr": lr})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Take one step."""
        for group in self.param_groups:
            for p in group["params"]:
                momentum = self.state[p].setdefault("momentum", torch.zeros_like(p))
                momentum.mul_(0.6).add_(p.grad)
                x = p.grad.add(momentum, alpha=0.6).reshape(len(p), -1)
                x = x / (x.norm() + 1e-7)
                for _ in range(5):
                    a = x @ x.T
                    x = 3.4445 * x + (-4.775 * a + 2.0315 * a @ a) @ x
                p.add_(x.view_as(p), alpha=-group["lr"] * math.sqrt(max(1, len(p) / x.shape[1])))


def _optimizers(network: nn.Sequential, probe: Probe) -> list[torch.optim.Optimizer]:
    trained = [p for p in network.parameters() if p.requires_grad]
    wide = [p for p in trained if p.ndim > 1 and min(p.shape[0], p[0].numel()) > 16] if probe.muon else []
    rest = [p for p in trained if all(p is not other for other in wide)]
    adam = torch.optim.Adam(
        [{"params": rest, "initial_lr": probe.rate}], lr=probe.rate, betas=probe.betas, fused=probe.fused
    )
    return [adam, Muon(wide, 0.05)] if wide else [adam]


def _hardest(network: nn.Module, x: torch.Tensor, y: torch.Tensor, share: float) -> tuple[torch.Tensor, torch.Tensor]:
    """The part of a batch with the highest losses (Jiang et al. 2019, Selective-Backprop)."""
    network.eval()
    with torch.no_grad():
        losses = functional.cross_entropy(network(x), y, reduction="none")
    network.train()
    hardest = losses.topk(int(share * len(y))).indices
    return x[hardest], y[hardest]


def _whiten(layer: nn.Module, x: torch.Tensor) -> None:
    assert isinstance(layer, nn.Conv2d)
    patches = functional.unfold(x[:2000].float() / 255, 5).transpose(1, 2).reshape(-1, 25)
    values, vectors = torch.linalg.eigh(patches.T.cov())
    n = layer.out_channels // 2
    filters = (vectors / (values + 5e-4).sqrt()).T.flip(0)[:n].reshape(n, 1, 5, 5)
    layer.weight.data.copy_(torch.cat([filters, -filters]))
    layer.weight.requires_grad_(False)


def _tune_malloc(tuned: bool) -> None:
    if tuned:
        backend.keep_freed_memory()
