"""Facts about the served model: its recipe, its scores, its training curves, and its model card."""

import math
import re
from pathlib import Path
from typing import Any, TypedDict

from markdown_it import MarkdownIt

import mnistry
from mnistry.assets import ASSETS, MODEL
from mnistry.reader import Reader
from mnistry.run.history import read_history

COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
PACKED = ASSETS / "model-card.md"  # added when a wheel is built
CARD = PACKED if PACKED.exists() else Path(__file__).parents[3] / "docs" / "model-card.md"
HISTORY = PACKED.with_name("history.csv")


class Info(TypedDict):
    """What the page shows of a model; `history` has a dict per epoch, `card` is HTML."""

    version: str
    model: str
    bundled: bool
    metadata: dict[str, Any]
    bytes: int
    image_shape: list[int]
    history: list[dict[str, float | None]]
    card: str | None


class ModelInfo:
    """Facts about a model, and about its run folder if it has one. Raises `RunError` for a damaged history.csv."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._history = self._read_history()  # read now: later the folder may hold another run

    def info(self) -> Info:
        """All facts, ready for JSON; unknown ones are None."""
        reader = self._reader
        return {
            "version": mnistry.__version__,
            "model": reader.path.name,
            "bundled": reader.path == MODEL,
            "metadata": reader.metadata.to_json(),
            "bytes": len(reader.data),
            "image_shape": list(reader.image_shape),
            "history": self._history,
            "card": self._card(),
        }

    def _read_history(self) -> list[dict[str, float | None]]:
        """The training curves; cells of a diverged run that are not finite become None, as JSON has no NaN."""
        rows = read_history(HISTORY if self._reader.path == MODEL else self._reader.path.with_name("history.csv"))
        return [{key: value if math.isfinite(value) else None for key, value in row.items()} for row in rows]

    def _card(self) -> str | None:
        """The bundled model's card as HTML; HTML in its Markdown is escaped."""
        if self._reader.path != MODEL or not CARD.exists():
            return None
        markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
        tokens = markdown.parse(COMMENT.sub("", CARD.read_text(encoding="utf-8")))
        for before, token, after in zip(tokens, tokens[1:], tokens[2:], strict=False):
            if token.type == "inline" and not token.content:  # an empty heading becomes a plain cell
                before.tag = after.tag = "td"
            # Links are dropped: they lead to files that are not served.
            token.children = [one for one in token.children or () if not one.type.startswith("link_")]
            if token.attrs.pop("style", None) == "text-align:right":  # the CSP forbids inline styles
                token.attrs["class"] = "right"
        return markdown.renderer.render(tokens, markdown.options, {})
