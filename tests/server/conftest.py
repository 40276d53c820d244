"""What the server's tests share: one server with the limits it has by default, and pictures to send."""

import io
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image

from mnistry.data.dataset import Dataset
from server.served import Served, served


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("server") / "log") as running:
        for path in ("read", "v2/models/mnistry/infer"):
            running.post(f"/{path}", content=b"x")  # refused, by processes that have begun
        yield running


@pytest.fixture(scope="session")
def number(mnist: Dataset) -> tuple[bytes, str]:
    """A PNG of four digits, and what it says."""
    sheet = np.full((60, 180), 255, np.uint8)
    split = mnist.validation
    for i in range(4):
        sheet[16:44, 14 + 40 * i : 42 + 40 * i] -= split.images[i, ..., 0]
    out = io.BytesIO()
    Image.fromarray(sheet).save(out, "PNG")
    return out.getvalue(), "".join(map(str, split.labels[:4]))
