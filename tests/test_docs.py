"""What the documentation promises: its links lead somewhere, its commands and its code run."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import pdfs
from conftest import Cli
from mnistry.data.dataset import Dataset
from mnistry.training.synthetic import page_fonts, photos
from server.served import running

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "studies").glob("*.md")),
]


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


def commands(program: str) -> list[str]:
    """The README's command lines that begin with it."""
    return [line for block in blocks("sh") for line in block.splitlines() if line.startswith(f"{program} ")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target


def test_files_that_are_named_are_there() -> None:
    for page in PAGES:
        for name in re.findall(
            r"`((?:src|tests|records|benchmarks|studies|docs|notebooks)/[\w./-]+\w)`", page.read_text(encoding="utf-8")
        ):
            assert (ROOT / name).exists() or "RECIPE" in name, f"{page.name} names {name}"


def test_make_targets_are_there() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = {
        target
        for page in PAGES
        for target in re.findall(r"make (test-slow|test|train|\w+)`", page.read_text(encoding="utf-8"))
    }
    assert {"train", "test"} <= named
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in named)


def test_the_first_screen_says_shows_and_gives_both_commands() -> None:
    first = "\n".join(README.splitlines()[:14])
    assert first.startswith("# mnistry\n")
    assert "![" in first
    assert "make train" in first
    assert "make test" in first


def test_the_python_example_runs_as_it_says(tmp_path: Path) -> None:
    (example,) = blocks("python")
    promised = re.search(r"→ (\[.*\])", example)
    assert promised
    done = subprocess.run([sys.executable, "-c", example], capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout.strip() == promised[1], done.stderr


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "design").glob("*.md")), ids=lambda page: page.name)
def test_a_design_note_opens_with_the_decision_and_its_reason(page: Path) -> None:
    first = page.read_text(encoding="utf-8").splitlines()[:15]
    assert first[0].startswith(f"# {int(page.name[:4])}. ")
    assert first[2].startswith("**Decision.** ")
    assert first[4].startswith("**Why.** ")


# Private words that had crept into the prose; names of rows and recipes in tables and in code may have them.
PRIVATE = (
    r"told|taught|(?<!log )odds|magnified|lattices?|twins?|hands|worn|wear|bent|anew|pupils?|"
    r"so many(?! as)|but for|a row an epoch|held apart"
)


def prose(text: str) -> str:
    """A page without tables that are generated, code and what is quoted."""
    return re.sub(r"<!-- table: .*?<!-- end -->|```.*?```|`[^`\n]*`|\"[^\"\n]*\"", "", text, flags=re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_prose_has_none_of_the_private_words(page: Path) -> None:
    assert re.findall(rf"\b({PRIVATE})\b", prose(page.read_text(encoding="utf-8")), re.IGNORECASE) == []


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.name)
def test_the_notebooks_have_none_of_them_and_their_links_lead_somewhere(path: Path) -> None:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    text = "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    assert re.findall(rf"\b({PRIVATE})\b", prose(text), re.IGNORECASE) == []
    for target in re.findall(r"\]\(([^)#]+)", text):
        assert (path.parent / target).exists(), target


def test_the_design_names_every_number_once() -> None:
    numbers = [page.name[:4] for page in PAGES if page.parent.name == "design"]
    assert numbers == [f"{n:04}" for n in range(1, len(numbers) + 1)]


@pytest.mark.slow
def test_the_commands_of_the_readme_run(cli: Cli, small_npz: Path, mnist: Dataset, tmp_path: Path) -> None:
    """Each in turn, one after the other in one folder, on little data where none is named."""
    for name, label, count in (("symbols/zero", 0, 60), ("symbols/one", 1, 60), ("digits/7", 7, 12)):
        (tmp_path / name).mkdir(parents=True)
        for i in np.flatnonzero(mnist.train.labels == label)[:count]:
            Image.fromarray(mnist.train.images[i, ..., 0]).save(tmp_path / name / f"{i}.png")
    for name, images in (("train.csv", mnist.train), ("test.csv", mnist.validation)):
        rows = images.images[:300].reshape(300, -1)
        columns = rows if name == "test.csv" else np.concatenate([images.labels[:300, None], rows], axis=1)
        (tmp_path / name).write_text("\n".join(",".join(map(str, row)) for row in columns.tolist()))
    (tmp_path / "scans").mkdir()
    for picture in ("photo.jpg", "scans/one.png"):
        Image.fromarray(255 - np.pad(mnist.validation.images[0, ..., 0], 9)).save(tmp_path / picture)
    (tmp_path / "scan.pdf").write_bytes(pdfs.of_pictures([Image.open(tmp_path / "photo.jpg")] * 2))
    lines = commands("mnistry")
    assert len(lines) >= 6
    for line in lines:
        words = shlex.split(line, comments=True)[1:]
        if words[:2] == ["data", "pages"] and not all(
            one.path.exists() for one in (*page_fonts.known(), *photos.known())
        ):
            continue  # they are fetched from npm: tests/cli/test_data.py has others
        if words[0] == "serve":  # goes on until it is told to stop: below
            continue
        if words[0] == "train" and not {"--resume", "--list"}.intersection(words):
            words += [] if "--data" in words else ["--data", str(small_npz)]
            words += [] if "--epochs" in words else ["--epochs", "1"]
        if words[0] == "bench":
            words += ["--data", str(small_npz)]
        done = cli(*words, cwd=tmp_path)
        assert done.returncode == 0, f"{line}: {done.stderr}"
    assert (tmp_path / "runs" / "latest" / "report.html").exists()
    assert (tmp_path / "mine" / "report.html").exists()
    assert "photo.jpg" in (tmp_path / "why.html").read_text(encoding="utf-8")
    assert len((tmp_path / "submission.csv").read_text().splitlines()) == 301


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl")
def test_the_server_of_the_readme_answers_as_it_says(mnist: Dataset, tmp_path: Path) -> None:
    """Its command, at a port that is free, and what is asked of it."""
    image, label = mnist.validation.images[0, ..., 0], mnist.validation.labels[0]
    Image.fromarray(255 - np.pad(image, 9)).save(tmp_path / "photo.jpg")
    (start,) = [line for line in commands("mnistry") if line.startswith("mnistry serve")]
    (ask,) = commands("curl")
    words = (sys.executable, "-m", *shlex.split(start, comments=True), "--port", "0")
    with running(*words, stderr=subprocess.DEVNULL) as serving:
        assert serving.stdout is not None
        address = serving.stdout.readline().strip()
        asked = shlex.split(ask.replace("http://localhost:8000", address))
        answer = subprocess.run(asked, capture_output=True, text=True, cwd=tmp_path, timeout=60)
        serving.terminate()
        assert serving.wait(30) == 0
    assert json.loads(answer.stdout)["text"] == str(label)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("make") is None, reason="no make")
def test_make_refuses_an_old_python_kindly(tmp_path: Path) -> None:
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    old = tmp_path / "old"
    old.write_text('#!/bin/sh\ncase "$1" in --version) echo "Python 3.9.1";; *) exit 1;; esac\n')
    old.chmod(0o755)
    done = subprocess.run(["make", f"PYTHON={old}", "train"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode != 0
    assert "error: Python 3.9.1: wanted Python 3.11 or newer: make PYTHON=python3.12 train" in done.stderr
