"""Plots of runs: PNG for slides and the README, SVG for the report."""

import io
import itertools
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mnistry.errors import needs_extra
from mnistry.evaluation.evaluate import Evaluation

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK, QUIET, TRAINING, VALIDATION = "#1f2933", "#7b8794", "#9fb3c8", "#1769aa"
RIGHT = "#e3eef8"  # the diagonal: pale, so that the errors stand out
NONE = "#f6f8fa"
MAX_NUMBERED = 30  # classes: with more, a cell has no room for its count
# Of a detector, by the names in history.csv: line and colour.
PAGE_SHARES = {
    "digits_right": ("-", VALIDATION),
    "lines_exact": ("--", VALIDATION),
    "silence": (":", INK),
    "score": ("-", INK),
}
STYLE: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.size": 11,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": QUIET,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "text.parse_math": False,  # a class may be named $x$
    "svg.fonttype": "none",
    "svg.hashsalt": "mnistry",  # so that the same figure gives the same bytes
}


def save_confusion(evaluation: Evaluation, title: str, path: Path) -> None:
    """Draw the confusion matrix as a PNG for a slide, 1680 px wide.

    Every count is printed, for up to `MAX_NUMBERED` classes. Off the diagonal, colour shows the share of
    the row. The errors have their own colour scale: with 99 % of the images on the diagonal, a common
    scale would leave the rest white.
    """
    with needs_extra("report", "drawing the confusion matrix"):
        import matplotlib as mpl
        from matplotlib.colors import ListedColormap
        from matplotlib.figure import Figure
        from matplotlib.ticker import MaxNLocator, PercentFormatter
    counts = evaluation.confusion
    shares = error_shares(counts)
    classes = len(counts)
    with warnings.catch_warnings(), mpl.rc_context(STYLE):
        warnings.simplefilter("ignore", UserWarning)  # characters that no installed font has are drawn as boxes
        figure = Figure(figsize=(10.5, 9), dpi=160, layout="constrained")
        axes = figure.subplots()
        largest = max(float(shares.max()), 1e-9)
        axes.imshow(np.eye(classes), ListedColormap([NONE, RIGHT]))
        image = axes.imshow(np.where(shares > 0, shares, np.nan), "Oranges", vmin=0, vmax=largest * 1.2)
        if classes <= MAX_NUMBERED:
            size = 17 if classes <= 12 else 150 / classes
            for (true, read), count in np.ndenumerate(counts):
                if count:
                    colour = "white" if shares[true, read] > 0.7 * largest else INK
                    axes.text(read, true, f"{count}", ha="center", va="center", fontsize=size, color=colour)
        axes.set_xticks(range(classes), evaluation.class_names, fontsize=14 if classes <= 12 else 8)
        axes.set_yticks(range(classes), evaluation.class_names, fontsize=14 if classes <= 12 else 8)
        if max(map(len, evaluation.class_names)) > 3:
            axes.tick_params(axis="x", labelrotation=45)
        axes.set_xlabel("what it was read as", fontsize=14)
        axes.set_ylabel("what it is", fontsize=14)
        axes.set_xticks(np.arange(classes + 1) - 0.5, minor=True)
        axes.set_yticks(np.arange(classes + 1) - 0.5, minor=True)
        axes.grid(which="minor", color="white", linewidth=2 if classes <= 12 else 0.5)
        axes.tick_params(which="both", length=0)
        axes.spines[:].set_visible(False)
        axes.set_title(title, fontsize=16, loc="left", pad=14)
        ticks = MaxNLocator(nbins=5, steps=[1, 2, 5, 10])
        bar = figure.colorbar(image, shrink=0.6, aspect=30, ticks=ticks, format=PercentFormatter(1, symbol=" %"))
        bar.set_label("of the row's images, read wrong")
        bar.outline.set_visible(False)  # pyright: ignore[reportCallIssue]
        # Without the software's version in the file, the same run gives the same bytes.
        figure.savefig(path, format="png", metadata={"Software": None})


def error_shares(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Counts (classes, classes) → each error's share of its row; 0 on the diagonal."""
    totals = np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return np.where(np.eye(len(counts), dtype=bool), 0.0, counts / totals)


def learning_curves(history: Sequence[dict[str, float]]) -> str:
    """Draw training and validation loss and error over the epochs, as SVG."""
    with needs_extra("report", "drawing"):
        import matplotlib as mpl
        from matplotlib.figure import Figure
        from matplotlib.ticker import MaxNLocator
    epochs = [row["epoch"] for row in history]
    with warnings.catch_warnings(), mpl.rc_context(STYLE):
        warnings.simplefilter("ignore", UserWarning)  # characters that no installed font has are drawn as boxes
        figure = Figure(figsize=(9, 3.4), layout="constrained")
        for axes, name, scale in zip(figure.subplots(1, 2), ("loss", "accuracy"), (1, 100), strict=True):
            for key, label, colour in ((name, "training", TRAINING), (f"validation_{name}", "validation", VALIDATION)):
                if key not in history[-1]:  # the run trained on the validation images too
                    continue
                values = np.array([row[key] for row in history])
                values = values if name == "loss" else scale * (1 - values)
                axes.plot(epochs, values, color=colour, marker="o", markersize=4, label=label)
                end = epochs[-1], values[-1]
                axes.annotate(f"{values[-1]:.3g}", end, (6, 0), textcoords="offset points", va="center")
            axes.set_yscale("log")
            axes.yaxis.set_major_formatter("{x:g}")
            axes.yaxis.set_minor_formatter("")
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
            axes.set_xlabel("epoch")
            axes.set_title("loss (cross-entropy)" if name == "loss" else "error, %", loc="left")
            axes.margins(x=0.12)
        figure.axes[0].legend(frameon=False)
        return _svg(figure)


def detector_curves(history: Sequence[dict[str, float]]) -> str:
    """Draw a detector's loss, and its shares right on the validation pages, over the epochs, as SVG."""
    with needs_extra("report", "drawing"):
        import matplotlib as mpl
        from matplotlib.figure import Figure
        from matplotlib.ticker import MaxNLocator
    epochs = [row["epoch"] for row in history]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(9, 3.4), layout="constrained")
        losses, shares = figure.subplots(1, 2)
        losses.plot(epochs, [row["loss"] for row in history], color=TRAINING, marker="o", markersize=4)
        losses.set_title("loss", loc="left")
        for name, (style, colour) in PAGE_SHARES.items():
            values = [100 * row.get(name, np.nan) for row in history]
            shares.plot(epochs, values, style, color=colour, label=name.replace("_", " "))
            shares.annotate(
                f"{values[-1]:.3g}", (epochs[-1], values[-1]), (6, 0), textcoords="offset points", va="center"
            )
        best = max(range(len(history)), key=lambda k: (history[k].get("score", 0), k))
        shares.axvline(epochs[best], color=QUIET, linestyle=":", linewidth=1)
        shares.set_ylim(0, 108)
        shares.set_title("validation pages, %", loc="left")
        shares.legend(frameon=False, fontsize=9)
        for axes in (losses, shares):
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
            axes.set_xlabel("epoch")
            axes.margins(x=0.12)
        return _svg(figure)


def reliability_diagram(evaluation: Evaluation) -> str:
    """Draw accuracy against confidence, as SVG."""
    with needs_extra("report", "drawing"):
        import matplotlib as mpl
        from matplotlib.figure import Figure
    bins = evaluation.reliability
    with warnings.catch_warnings(), mpl.rc_context(STYLE):
        warnings.simplefilter("ignore", UserWarning)  # characters that no installed font has are drawn as boxes
        figure = Figure(figsize=(4.6, 4.6), layout="constrained")
        axes = figure.subplots()
        axes.plot([0, 1], [0, 1], color=QUIET, linestyle=":", linewidth=1)
        # If the area were proportional to the count, only one dot would be visible; its logarithm shows them all.
        sizes = [20 + 45 * np.log10(bin_.count) for bin_ in bins]
        points = [bin_.confidence for bin_ in bins], [bin_.accuracy for bin_ in bins]
        axes.plot(*points, color=VALIDATION, linewidth=1, alpha=0.5)
        axes.scatter(*points, s=sizes, color=VALIDATION, zorder=3)
        for bin_ in bins:
            axes.annotate(
                f"{bin_.count:,}",
                (bin_.confidence, bin_.accuracy),
                (0, -14),
                textcoords="offset points",
                ha="center",
                fontsize=8,
                color=QUIET,
            )
        axes.set(xlabel="confidence", ylabel="share of images read right", xlim=(0, 1.04), ylim=(-0.08, 1.04))
        axes.set_aspect("equal")
        return _svg(figure)


def save_race(curves: Sequence[tuple[str, list[list[tuple[float, float]]]]], target: float, path: Path) -> None:
    """Draw each recipe's test error over training time as a PNG, 1600 px wide.

    `curves` holds a name and its runs, each a list of (seconds, accuracy), one per epoch; a dotted line marks the
    accuracy `target`. Both axes are logarithmic, and the error decreases upwards, so up and to the left is better.
    """

    def error(accuracy: float) -> float:
        return max(100 * (1 - accuracy), 0.005)  # zero has no logarithm

    with needs_extra("report", "drawing"):
        import matplotlib as mpl
        from matplotlib.figure import Figure
        from matplotlib.ticker import LogLocator, NullLocator
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(10, 5.6), dpi=160, layout="constrained")
        axes = figure.subplots()
        axes.axhline(100 * (1 - target), color=QUIET, linestyle=":", linewidth=1)
        for (name, runs), colour in zip(curves, itertools.cycle(mpl.color_sequences["tab10"]), strict=False):
            for run in runs:
                times, errors = [time_s for time_s, _ in run], [error(accuracy) for _, accuracy in run]
                axes.plot(times, errors, color=colour, marker="o", markersize=5, linewidth=1, alpha=0.6)
            axes.plot([], [], color=colour, marker="o", markersize=5, linewidth=1, label=name)
        axes.legend(loc="lower left", labelcolor="linecolor", frameon=False)
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.invert_yaxis()
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axis.set_major_formatter("{x:g}")
            axis.set_minor_locator(NullLocator())
        axes.set_xlabel("seconds of training")
        axes.set_ylabel("test error, %")
        axes.text(
            0.005,
            100 * (1 - target),
            f" {100 * target:.2f} %",
            transform=axes.get_yaxis_transform(),
            va="bottom",
            color=QUIET,
        )
        figure.savefig(path, format="png", metadata={"Software": None})


def _svg(figure: "Figure") -> str:
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return text.getvalue()
