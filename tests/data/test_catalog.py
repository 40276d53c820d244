"""Fetching, against a server on loopback: no publisher can be reached from a test."""

import dataclasses
import gzip
import hashlib
import http.server
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from mnistry.data import catalog, idx, load_dataset
from mnistry.errors import DataError

N = 240
IMAGES = np.random.default_rng(0).integers(0, 256, (N, 28, 28), np.uint8)
LABELS = (np.arange(N) % 10).astype(np.uint8)


class Server(http.server.ThreadingHTTPServer):
    requests: list[str]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """Serves tmp_path/site, and keeps a list of what was asked for."""
    site = tmp_path / "site"
    site.mkdir()

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: object) -> None:
            super().__init__(*args, directory=str(site))  # pyright: ignore[reportArgumentType]

        def do_GET(self) -> None:
            found.requests.append(self.path)
            super().do_GET()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    found = Server(("127.0.0.1", 0), Handler)
    found.requests = []
    thread = threading.Thread(target=found.serve_forever)
    thread.start()
    yield found
    found.shutdown()
    thread.join()
    found.server_close()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MNISTRY_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def address(server: Server) -> str:
    return f"http://127.0.0.1:{server.server_port}/"


def publish(monkeypatch: pytest.MonkeyPatch, name: str, files: dict[str, bytes], *mirrors: str) -> None:
    """Let a known name stand for these files at these addresses."""
    published = dataclasses.replace(
        catalog.PUBLISHED[name],
        files={file: hashlib.md5(content).hexdigest() for file, content in files.items()},
        mirrors=mirrors,
    )
    monkeypatch.setitem(catalog.PUBLISHED, name, published)


def idx_files() -> dict[str, bytes]:
    contents = (IMAGES, LABELS, IMAGES, LABELS)
    names = catalog.PUBLISHED["fashion-mnist"].files
    return {
        name: gzip.compress(idx.header(array.shape) + array.tobytes(), mtime=0)
        for name, array in zip(names, contents, strict=True)
    }


def serve(server: Server, tmp_path: Path, files: dict[str, bytes], folder: str = "") -> str:
    place = tmp_path / "site" / folder
    place.mkdir(exist_ok=True)
    for name, content in files.items():
        (place / name).write_bytes(content)
    return address(server) + (f"{folder}/" if folder else "")


def test_fetches_once_then_reads_from_the_cache(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(monkeypatch, "fashion-mnist", idx_files(), serve(server, tmp_path, idx_files()))
    first = load_dataset("fashion-mnist")
    assert len(first.train) + len(first.validation) == N
    assert first.class_names[9] == "Ankle boot"
    assert np.array_equal(first.test.images[..., 0], IMAGES)
    assert len(server.requests) == 4
    assert load_dataset("fashion-mnist").sha256 == first.sha256
    assert len(server.requests) == 4


def test_a_mirror_that_fails_or_lies_is_passed_over(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lies = serve(server, tmp_path, dict.fromkeys(idx_files(), b"not it"), "lies")
    truth = serve(server, tmp_path, idx_files(), "truth")
    publish(monkeypatch, "kmnist", idx_files(), address(server) + "nothing/", lies, truth)
    assert len(load_dataset("kmnist").test) == N
    assert [path.split("/")[1] for path in server.requests] == ["nothing", "lies", "truth"] * 4


def test_without_a_network_the_error_says_what_to_put_where(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: Path
) -> None:
    lies = serve(server, tmp_path, dict.fromkeys(idx_files(), b"not it"), "lies")
    nobody = "http://127.0.0.1:1/"
    publish(monkeypatch, "kmnist", idx_files(), nobody, lies)
    with pytest.raises(DataError) as caught:
        load_dataset("kmnist")
    file = "train-images-idx3-ubyte.gz"
    assert str(caught.value) == (
        f"kmnist: no publisher gave {file}: tried {nobody}{file} (ConnectionError); {lies}{file} (wrong checksum). "
        f"Fetch {file}, train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz, t10k-labels-idx1-ubyte.gz yourself "
        f"and put what you have into {cache / 'kmnist'}"
    )
    assert not any((cache / "kmnist").glob("*"))  # nothing half fetched stays


def test_files_put_there_by_hand_are_taken(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    publish(monkeypatch, "kmnist", idx_files(), "http://127.0.0.1:1/")
    (cache / "kmnist").mkdir(parents=True)
    for name, content in idx_files().items():
        (cache / "kmnist" / name).write_bytes(content)
    assert len(load_dataset("kmnist").test) == N


def test_a_wrong_file_put_there_by_hand_is_named(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    publish(monkeypatch, "kmnist", idx_files(), "http://127.0.0.1:1/")
    (cache / "kmnist").mkdir(parents=True)
    wrong = cache / "kmnist" / "train-images-idx3-ubyte.gz"
    wrong.write_bytes(b"something else")
    with pytest.raises(DataError, match=rf"tried {wrong} \(is there, but has the wrong checksum\); http"):
        load_dataset("kmnist")


def test_emnist_is_unpacked_turned_and_counted_from_one(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = (np.arange(N) % 26 + 1).astype(np.uint8)
    archive = tmp_path / "gzip.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for member in catalog.PUBLISHED["emnist-letters"].members:
            array = IMAGES if "images" in member else labels
            file.writestr(member, gzip.compress(idx.header(array.shape) + array.tobytes(), mtime=0))
    content = archive.read_bytes()
    publish(monkeypatch, "emnist-letters", {"gzip.zip": content}, serve(server, tmp_path, {"gzip.zip": content}))
    found = load_dataset("emnist-letters")
    assert found.class_names == tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    assert np.array_equal(found.test.images[..., 0], IMAGES.transpose(0, 2, 1))
    assert found.test.labels.tolist() == [label - 1 for label in labels]


def test_every_published_set_is_whole() -> None:
    for published in catalog.PUBLISHED.values():
        assert len(set(published.class_names)) == len(published.class_names) >= 10
        assert all(len(md5) == 32 for md5 in published.files.values())
        assert all(mirror.startswith("http") and mirror.endswith("/") for mirror in published.mirrors)
        assert len(published.members or published.files) == 4
