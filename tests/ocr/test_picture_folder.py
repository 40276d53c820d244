import os
from pathlib import Path

import pytest

from mnistry.errors import DataWarning
from mnistry.ocr import picture_folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in (
        "b.PNG",
        "a.heic",
        "notes.txt",
        "scan.pdf",
        ".hidden.png",
        "._a.heic",
        ".DS_Store",
        "Thumbs.db",
        "sub/c.avif",
        "sub/deep/d.jpg",
        "__MACOSX/x.png",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    return tmp_path


def names(paths: tuple[Path, ...], folder: Path) -> list[str]:
    return [os.path.relpath(path, folder) for path in paths]


def test_pictures_of_one_folder_and_what_is_skipped(folder: Path) -> None:
    found = picture_folder.find(folder, recursive=False)
    assert names(found.files, folder) == ["a.heic", "b.PNG"]
    assert names(found.others, folder) == ["notes.txt", "scan.pdf"]
    assert names(found.hidden, folder) == [".hidden.png"]
    assert names(found.folders, folder) == ["sub"]


def test_documents_are_found_where_they_are_asked_for(folder: Path) -> None:
    found = picture_folder.find(folder, recursive=False, documents=True)
    assert names(found.files, folder) == ["a.heic", "b.PNG", "scan.pdf"]


def test_subfolders_are_searched_and_links_to_folders_are_not(folder: Path) -> None:
    (folder / "loop").symlink_to(folder)
    found = picture_folder.find(folder, recursive=True)
    assert names(found.files, folder) == ["a.heic", "b.PNG", "sub/c.avif", "sub/deep/d.jpg"]
    assert names(found.folders, folder) == ["loop"]


def test_a_folder_that_cannot_be_read_is_not_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.png").write_bytes(b"")
    (tmp_path / "closed").mkdir()
    monkeypatch.setattr(picture_folder, "entries", lambda path: closed(path, tmp_path / "closed"))
    found = picture_folder.find(tmp_path, recursive=True)
    assert names(found.files, tmp_path) == ["a/1.png"]
    name = str(tmp_path / "closed")
    assert found.failed == ((name, f"{name}: this folder cannot be read (Permission denied)"),)
    name = str(tmp_path / "nowhere")
    missing = picture_folder.find(tmp_path / "nowhere", recursive=True)
    assert missing.failed == ((name, f"{name}: this folder cannot be read (No such file or directory)"),)


def test_a_link_that_leads_nowhere_hides_no_others(folder: Path) -> None:
    (folder / "x.png").symlink_to("n" * 300)
    found = picture_folder.find(folder, recursive=False)
    assert names(found.files, folder) == ["a.heic", "b.PNG"]
    assert found.failed == ((str(folder / "x.png"), f"{folder / 'x.png'}: cannot be read (File name too long)"),)


def closed(folder: Path, unreadable: Path) -> list[Path]:
    """What is in a folder; one cannot be read, whoever runs the test."""
    if folder == unreadable:
        raise PermissionError(13, "Permission denied", str(folder))
    return sorted(folder.iterdir())


def test_one_line_counts_what_is_skipped(folder: Path) -> None:
    files = [folder / f"{i}.txt" for i in range(1_200)]
    for found, said in ((files, "1,200 files (0.txt, 1.txt, 2.txt, …)"), (files[:1], "1 file (0.txt)")):
        with pytest.warns(DataWarning) as warned:
            picture_folder.warn_of(found, "file", folder, "skipped {}")
        assert [str(one.message) for one in warned] == [f"{folder}: skipped {said}"]
    picture_folder.warn_of([], "file", folder, "skipped {}")


def test_one_line_counts_all_that_is_skipped(folder: Path) -> None:
    found = picture_folder.find(folder, recursive=False)
    skipped = [(found.others, "file", "odd"), ((), "file", "none"), (found.folders, "folder", "not searched")]
    with pytest.warns(DataWarning) as warned:
        picture_folder.warn_of_skipped(skipped, folder)
    said = "skipped 2 files (notes.txt, scan.pdf): odd; 1 folder (sub): not searched"
    assert [str(one.message) for one in warned] == [f"{folder}: {said}"]
    picture_folder.warn_of_skipped([((), "file", "none")], folder)
