import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from PIL import Image

import drawn
import hostile_models
import pdfs
from conftest import Cli
from mnistry.assets import MODEL
from mnistry.cli import read
from mnistry.data.dataset import Dataset
from mnistry.errors import UsageError


@pytest.fixture(scope="module")
def folder(mnist: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two pictures, a broken one, and what is no picture."""
    folder = tmp_path_factory.mktemp("pictures")
    two_lines = np.concatenate([drawn.row(mnist, row, 3, 12) for row in ("502", "138")])
    Image.fromarray(255 - np.pad(two_lines, 20)).save(folder / "a.png")
    Image.fromarray(drawn.row(mnist, "7", 4)).save(folder / "c.jpg")
    (folder / "b.png").write_bytes(b"broken")
    (folder / "notes.txt").write_text("7")
    return folder


def test_one_picture_prints_its_text(cli: Cli, folder: Path) -> None:
    done = cli("read", folder / "a.png")
    assert (done.stdout, done.stderr, done.returncode) == ("502\n138\n", "", 0)


def test_several_print_the_file_before_each_line_and_go_on_after_a_broken_one(cli: Cli, folder: Path) -> None:
    done = cli("read", folder)
    a, b, c = folder / "a.png", folder / "b.png", folder / "c.jpg"
    assert done.stdout == f"{a}\t502\n{a}\t138\n{c}\t7\n"
    assert done.stderr == (
        f"warning: {folder}: skipped 1 file (notes.txt): not called pictures\n"
        f"error: {b}: not a picture: wanted PNG, JPEG, WebP, GIF, BMP, TIFF, PNM, AVIF, HEIC or PDF\n"
    )
    assert done.returncode == 1


def test_json_is_one_object_a_picture(cli: Cli, folder: Path) -> None:
    done = cli("read", folder / "a.png", folder / "none.png", folder / "b.png", "--json")
    result = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["file"] for one in result] == [str(folder / name) for name in ("a.png", "none.png", "b.png")]
    assert result[0].keys() == {"file", "text", "width", "height", "lines", "rejected", "model"}
    assert result[0]["text"] == "502\n138"
    first = result[0]["lines"][0]["digits"][0]
    assert first["value"] == "5"
    assert 0.5 < first["confidence"] <= 1
    assert first["probabilities"].keys() == set("0123456789")
    assert all(isinstance(edge, int) for edge in first["box"])
    assert result[1] == {"file": str(folder / "none.png"), "error": f"{folder / 'none.png'}: no such file"}
    assert done.stderr.splitlines() == [f"error: {one['error']}" for one in result[1:]]
    assert done.returncode == 1


def test_standard_input(folder: Path) -> None:
    with (folder / "c.jpg").open("rb") as picture:
        done = subprocess.run([sys.executable, "-m", "mnistry", "read", "-"], stdin=picture, capture_output=True)
    assert (done.stdout, done.returncode) == (b"7\n", 0)


def test_standard_input_that_is_no_picture() -> None:
    command = [sys.executable, "-m", "mnistry", "read", "-"]
    done = subprocess.run(command, input="no picture", capture_output=True, text=True)
    assert done.stderr == "error: -: not a picture: wanted PNG, JPEG, WebP, GIF, BMP, TIFF, PNM, AVIF, HEIC or PDF\n"
    assert (done.stdout, done.returncode) == ("", 1)


def test_nothing_to_read_is_an_empty_line(cli: Cli, tmp_path: Path) -> None:
    Image.new("L", (60, 60), 255).save(tmp_path / "blank.png")
    done = cli("read", tmp_path / "blank.png")
    assert (done.stdout, done.returncode) == ("\n", 0)
    assert json.loads(cli("read", tmp_path / "blank.png", "--json").stdout)["text"] == ""


def test_min_confidence_rejects(cli: Cli, folder: Path) -> None:
    result = json.loads(cli("read", folder / "c.jpg", "--min-confidence", "1", "--json").stdout)
    assert result["text"] == ""
    assert result["rejected"][0]["reason"] == "low confidence"


@pytest.mark.parametrize(
    ("words", "said", "status"),
    [
        (("read", "x.png", "--min-confidence", "2"), "--min-confidence 2: wanted 0 to 1", 2),
        (("read", "x.png", "--time-limit", "0"), "--time-limit 0: wanted more than 0 seconds", 2),
        (("read", "x.png", "--explain", "x.pdf"), "--explain x.pdf: wanted a name that ends in .html, in a folder", 2),
        (("read", "x.png", "--model", "none.onnx"), "none.onnx: no such model or run", 2),
        (("read", "x.png", "--expect", "0"), "--expect 0: wanted 1 or more digits", 2),
        (("read", "x.png", "--pattern", "(5"), "--pattern (5: not a regular expression (missing ), unterminated", 2),
        (("read", "x.png", "--pattern", 201 * "5"), "--pattern of 201 characters: wanted at most 200", 2),
        (("read", "x.png", "--expect", "4", "--pattern", "5"), "--expect 4 and a pattern: wanted one of them", 2),
        (("read",), "Missing argument 'IMAGE...'", 2),
        (("read", "x.png"), "x.png: no such file", 1),
        (("read", ""), "an empty name: wanted a picture, a folder or -", 1),
        (("read", "x.png", "--explain", "."), "--explain .: wanted a name that ends in .html, in a folder", 2),
    ],
)
def test_wrong_use_is_one_line(cli: Cli, tmp_path: Path, words: tuple[str, ...], said: str, status: int) -> None:
    done = cli(*words, cwd=tmp_path)
    assert re.fullmatch(r"error: .*\n", done.stderr), done.stderr
    assert said in done.stderr
    assert (done.stdout, done.returncode) == ("", status)


def test_an_empty_folder_is_said(cli: Cli, tmp_path: Path) -> None:
    done = cli("read", tmp_path)
    wanted = "wanted PNG, JPEG, WebP, GIF, BMP, TIFF, PNM, AVIF, HEIC or PDF"
    assert done.stderr == f"error: {tmp_path}: no pictures in this folder: {wanted}\n"
    assert done.returncode == 1


def test_what_is_expected_is_read_or_said(cli: Cli, folder: Path) -> None:
    a, c = folder / "a.png", folder / "c.jpg"
    done = cli("read", a, c, "--expect", "6", "--signs")
    said = "1 digit found, wanted 6: no more than 1 could be digits; --explain without --expect shows them"
    assert (done.stdout, done.stderr) == (f"{a}\t502\n{a}\t138\n", f"error: {c}: {said}\n")
    assert done.returncode == 1
    done = cli("read", a, c, "--pattern", r"\d{3}", "--json")
    found, failed = map(json.loads, done.stdout.splitlines())
    assert found["text"] == "502\n138"
    wanted = r"wanted lines that match \d{3} from end to end: --explain without --pattern shows what it could be"
    assert failed == {"file": str(c), "error": f"{c}: '7' found, {wanted}"}
    assert (done.stderr, done.returncode) == (f"error: {failed['error']}\n", 1)


def test_a_pattern_that_takes_years_is_broken_off(cli: Cli, mnist: Dataset, tmp_path: Path) -> None:
    Image.fromarray(255 - np.pad(drawn.row(mnist, 3 * "5021384967", 2, 8), 20)).save(tmp_path / "long.png")
    done = cli("read", tmp_path / "long.png", "--pattern", r"(\d+)+x", "--time-limit", "1")
    said = f"error: {tmp_path / 'long.png'}: not read within 1 s: allow more with --time-limit\n"
    assert (done.stdout, done.stderr, done.returncode) == ("", said, 1)


def test_explain_writes_a_page_of_its_own(cli: Cli, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "why.html"
    done = cli("read", folder, "--explain", out)
    assert done.returncode == 1
    text = out.read_text(encoding="utf-8")
    assert text.count("<section>") == 2
    assert "http" not in re.sub(r"http-equiv", "", text)


def test_reading_loads_no_training_and_no_plots(folder: Path) -> None:
    code = "import sys, mnistry; mnistry.Reader().read(sys.argv[1]); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code, folder / "c.jpg"], capture_output=True, text=True, env=os.environ
    )
    loaded = set(done.stdout.split())
    assert {"cv2", "onnxruntime"} <= loaded
    assert loaded & {"keras", "torch", "matplotlib", "sklearn", "scipy", "mnistry.training"} == set()


def test_a_page_that_cannot_be_written_is_said_before_anything_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write anywhere
    monkeypatch.setattr(read, "_sources", lambda images: pytest.fail("a picture was opened"))
    with pytest.raises(UsageError, match=r"^--explain why\.html: this folder cannot be written to$"):
        read.read(["a.png"], explain=Path("why.html"))


def test_a_page_that_cannot_be_written_is_said(cli: Cli, folder: Path) -> None:
    done = cli("read", folder / "c.jpg", "--explain", "/proc/why.html")
    assert re.fullmatch(
        r"error: --explain /proc/why.html: (this folder cannot be written to|cannot be written \(.*\))\n", done.stderr
    )
    assert done.returncode == 2


def test_a_run_folder_is_a_model_too(cli: Cli, folder: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    said = cli("read", folder / "c.jpg", "--model", run)
    wanted = "wanted a model.onnx, or a folder with one, as mnistry train makes it"
    assert said.stderr == f"error: {run}: no model there: {wanted}\n"
    (run / "model.onnx").write_bytes(MODEL.read_bytes())
    assert cli("read", folder / "c.jpg", "--model", run).stdout == "7\n"


def test_a_name_that_is_too_long_stops_no_others(cli: Cli, folder: Path) -> None:
    done = cli("read", 5000 * "a", folder / "c.jpg", "--json")
    said, read = map(json.loads, done.stdout.splitlines())
    assert "File name too long" in said["error"]
    assert (read["text"], done.returncode) == ("7", 1)


def test_what_is_skipped_in_a_folder_is_counted(cli: Cli, folder: Path, tmp_path: Path) -> None:
    seven, inner = tmp_path / "seven.jfif", tmp_path / "sub.png" / "more" / "7.JPEG"
    inner.parent.mkdir(parents=True)
    for place in (seven, inner, tmp_path / ".hidden.jpg", tmp_path / "notes.txt", tmp_path / ".DS_Store"):
        place.write_bytes((folder / "c.jpg").read_bytes())
    done = cli("read", tmp_path)
    files = f"warning: {tmp_path}: skipped 1 file (notes.txt): not called pictures; 1 file (.hidden.jpg): hidden"
    folders = "; 1 folder (sub.png): --recursive reads those too"
    assert (done.stdout, done.stderr, done.returncode) == (f"{seven}\t7\n", f"{files}{folders}\n", 0)
    done = cli("read", tmp_path, "--recursive", "--json")
    assert [json.loads(line)["file"] for line in done.stdout.splitlines()] == [str(seven), str(inner)]
    assert (done.stderr, done.returncode) == (f"{files}\n", 0)


@pytest.fixture(scope="module")
def pages(mnist: Dataset) -> list[Image.Image]:
    """Of two lines, of nothing, and of two others."""
    lines = [np.concatenate([drawn.row(mnist, row, 3, 12) for row in rows]) for rows in (("50", "13"), ("72", "46"))]
    first, last = (Image.fromarray(255 - np.pad(one, 20)) for one in lines)
    return [first, Image.new("L", first.size, 255), last]


def save(path: Path, *pages: Image.Image) -> None:
    """In the format of its suffix; from copies, because Pillow remembers how an image was encoded before."""
    first, *others = (page.copy() for page in pages)
    first.save(path, save_all=True, append_images=others)


@pytest.mark.parametrize("form", ["tif", "pdf", "gif", "apng", "webp"])
def test_pages_are_printed_as_pictures_are(cli: Cli, pages: list[Image.Image], tmp_path: Path, form: str) -> None:
    path = tmp_path / f"a.{form}"
    save(path, *pages)
    done = cli("read", path)
    text = f"{path}#1\t50\n{path}#1\t13\n{path}#2\t\n{path}#3\t72\n{path}#3\t46\n"
    assert (done.stdout, done.stderr, done.returncode) == (text, "", 0)


def test_pages_are_objects_of_their_own(cli: Cli, pages: list[Image.Image], folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    save(path, *pages)
    done = cli("read", path, folder / "c.jpg", "--json", "--explain", "why.html", cwd=tmp_path)
    result = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(one["file"], one.get("page"), one["text"]) for one in result] == [
        (str(path), 1, "50\n13"),
        (str(path), 2, ""),
        (str(path), 3, "72\n46"),
        (str(folder / "c.jpg"), None, "7"),
    ]
    headings = re.findall("<h2>(.*?)</h2>", (tmp_path / "why.html").read_text(encoding="utf-8"))
    assert headings == [f"{path}#1", f"{path}#2", f"{path}#3", str(folder / "c.jpg")]


def test_pages_of_standard_input(pages: list[Image.Image]) -> None:
    command = [sys.executable, "-m", "mnistry", "read", "-"]
    done = subprocess.run(command, input=pdfs.of_pictures([pages[2], pages[1]]), capture_output=True)
    assert (done.stdout, done.stderr, done.returncode) == (b"-#1\t72\n-#1\t46\n-#2\t\n", b"", 0)


def test_a_page_that_cannot_be_read_stops_no_others(cli: Cli, pages: list[Image.Image], tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    thin = Image.new("L", (2_000, 9), 255)
    save(path, pages[0], thin, pages[2])
    said = f"{path}#2: 2000 × 9 px is too thin: wanted sides of at most 200 to 1"
    done = cli("read", path)
    text = f"{path}#1\t50\n{path}#1\t13\n{path}#3\t72\n{path}#3\t46\n"
    assert (done.stdout, done.stderr, done.returncode) == (text, f"error: {said}\n", 1)
    done = cli("read", path, "--json")
    result = [json.loads(line) for line in done.stdout.splitlines()]
    assert result[1] == {"file": str(path), "page": 2, "error": said}
    assert [one.get("text") for one in result] == ["50\n13", None, "72\n46"]


def test_a_pdf_with_a_password_is_refused(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdfs.encrypted())
    done = cli("read", tmp_path, "--json")
    said = f"{path}: this PDF is encrypted: wanted one that opens without a password: save a copy without it"
    assert json.loads(done.stdout) == {"file": str(path), "error": said}
    assert (done.stderr, done.returncode) == (f"error: {said}\n", 1)


def test_a_pdf_without_its_extra_is_named(pages: list[Image.Image], tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(pdfs.of_pictures(pages))
    code = "import sys; sys.modules['pypdfium2'] = None; from mnistry.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code, "read", "a.pdf"], capture_output=True, text=True, cwd=tmp_path)
    extra = "reading it needs pypdfium2, which is not installed: pip install 'mnistry[pdf]'"
    assert (done.stdout, done.stderr, done.returncode) == ("", f"error: a.pdf: a PDF: {extra}\n", 1)


@pytest.mark.skipif(sys.platform == "darwin", reason="its names are always text")
def test_a_name_that_is_no_text(folder: Path, tmp_path: Path) -> None:
    for name in (b"\xff\xe9.jpg", b"b.jpg"):
        Path(os.fsdecode(bytes(tmp_path) + b"/" + name)).write_bytes((folder / "c.jpg").read_bytes())
    command = [sys.executable, "-m", "mnistry", "read", ".", "--explain", "why.html"]
    strict = {**os.environ, "PYTHONIOENCODING": "utf-8:strict"}
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, env=strict)
    assert (done.stdout, done.stderr, done.returncode) == (b"b.jpg\t7\n\xff\xe9.jpg\t7\n", b"", 0)
    assert "b.jpg" in (tmp_path / "why.html").read_text(encoding="utf-8")


def test_standard_input_that_is_closed() -> None:
    done = subprocess.run(f"{sys.executable} -m mnistry read - <&-", shell=True, capture_output=True, text=True)
    assert (done.stderr, done.returncode) == ("error: -: standard input is closed\n", 1)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="nothing without end to read")
def test_standard_input_without_end() -> None:
    with Path("/dev/zero").open("rb") as endless:
        done = subprocess.run(
            [sys.executable, "-m", "mnistry", "read", "-"], stdin=endless, capture_output=True, text=True
        )
    said = "error: -: standard input is too large: wanted at most 512 MB\n"
    assert (done.stdout, done.stderr, done.returncode) == ("", said, 1)


def test_a_model_for_other_images_is_refused(cli: Cli, folder: Path, tmp_path: Path) -> None:
    info, node, kind = onnx.helper.make_tensor_value_info, onnx.helper.make_node, onnx.TensorProto
    steps = [
        node("Cast", ["images"], ["numbers"], to=kind.FLOAT),
        node("Flatten", ["numbers"], ["flat"]),
        node("MatMul", ["flat", "weights"], ["logits"]),
    ]
    weights = onnx.numpy_helper.from_array(np.zeros((32 * 32, 10), np.float32), "weights")
    images = info("images", kind.UINT8, [None, 32, 32, 1])
    graph = onnx.helper.make_graph(steps, "g", [images], [info("logits", kind.FLOAT, [None, 10])], [weights])
    opset = [onnx.helper.make_opsetid("", 18)]
    onnx.save(onnx.helper.make_model(graph, opset_imports=opset, ir_version=9), tmp_path / "large.onnx")
    done = cli("read", folder / "c.jpg", "--model", tmp_path / "large.onnx")
    said = "takes images of 32×32×1: wanted a model of 28×28×1 to read pictures with"
    assert done.stderr == f"error: {tmp_path / 'large.onnx'}: {said}\n"
    assert (done.stdout, done.returncode) == ("", 2)


def test_a_pipe_in_a_folder_is_said_and_the_rest_is_read(cli: Cli, folder: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "b.png")
    (tmp_path / "c.jpg").write_bytes((folder / "c.jpg").read_bytes())
    done = cli("read", tmp_path)
    assert done.stdout == f"{tmp_path / 'c.jpg'}\t7\n"
    assert done.stderr == f"error: {tmp_path / 'b.png'}: cannot be read (not a regular file)\n"
    assert done.returncode == 1


@pytest.mark.skipif(sys.platform == "win32", reason="it allows no such names")
def test_names_that_a_terminal_would_act_on(cli: Cli, folder: Path, tmp_path: Path) -> None:
    """As escapes in text; as they are in JSON, where they do no harm."""
    names = ["\x1b]0;owned\x07.jpg", "a\nerror: b.jpg", "c\t.jpg"]
    for name in names:
        (tmp_path / name).write_bytes((folder / "c.jpg").read_bytes())
    (tmp_path / "\x1b[2J.png").write_text("")
    done = cli("read", tmp_path)
    shown = [r"\x1b]0;owned\x07.jpg", r"a\nerror: b.jpg", r"c\t.jpg"]
    assert done.stdout == "".join(f"{tmp_path}/{name}\t7\n" for name in shown)
    assert done.stderr.startswith(rf"error: {tmp_path}/\x1b[2J.png: not a picture")
    assert done.stderr.count("\n") == 1
    result = [json.loads(line) for line in cli("read", tmp_path, "--json").stdout.splitlines()]
    assert {one["file"] for one in result} == {str(tmp_path / name) for name in (*names, "\x1b[2J.png")}


def test_one_that_takes_too_long_is_broken_off(cli: Cli, folder: Path, tmp_path: Path) -> None:
    sheet = np.where(np.random.default_rng(0).random((2_000, 3_000)) < 0.02, 0, 255).astype(np.uint8)
    Image.fromarray(sheet).save(tmp_path / "noise.png")
    done = cli("read", tmp_path / "noise.png", folder / "c.jpg", "--time-limit", "1", "--json")
    result = [json.loads(line) for line in done.stdout.splitlines()]
    said = f"{tmp_path / 'noise.png'}: not read within 1 s: allow more with --time-limit"
    assert result[0] == {"file": str(tmp_path / "noise.png"), "error": said}
    assert (result[1]["text"], done.stderr, done.returncode) == ("7", f"error: {said}\n", 1)


def test_what_a_decoder_prints_is_not_passed_on(cli: Cli, tmp_path: Path) -> None:
    """libtiff, of a fax whose lines make no sense: of a picture that is read, and of one that is learned."""
    out = io.BytesIO()
    Image.effect_noise((400, 400), 90).convert("1").save(out, "TIFF", compression="group3")
    fax = bytearray(out.getvalue())
    fax[200:4000:7] = bytes(len(range(200, 4000, 7)))
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "fax.tif").write_bytes(fax)
    for words in (("read", tmp_path / "a" / "fax.tif"), ("data", "check", tmp_path)):
        done = cli(*words)
        assert all(line.startswith("error: ") for line in done.stderr.splitlines()), done.stderr
        assert done.stderr.count("\n") <= 1


@pytest.mark.parametrize("how", [(), ("--json",), ("--explain", "why.html")])
@pytest.mark.parametrize("value", ['["a\\u001b[31m"]', "NaN"])
def test_what_a_foreign_model_says_is_not_believed(
    cli: Cli, folder: Path, tmp_path: Path, how: tuple[str, ...], value: str
) -> None:
    model = hostile_models.model(tmp_path / "m.onnx", class_names=value, temperature=value)
    done = cli("read", "--model", model, folder / "c.jpg", *how, cwd=tmp_path)
    assert (done.stdout, done.returncode) == ("", 2)
    assert re.fullmatch(rf"error: {model}: its temperature is .*: wanted 0\.001 to 1000\n", done.stderr)
