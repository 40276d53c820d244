import subprocess
import sys
from pathlib import Path

from mnistry.run.lock import lock

HOLD = "import sys; from pathlib import Path; from mnistry.run.lock import lock\nwith lock(Path(sys.argv[1])) as free: print(free, flush=True); input()"


def test_one_process_at_a_time_and_a_killed_one_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "recipe.json"
    path.write_text("{}")
    before = path.stat()
    words = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "True\n"
        with lock(path) as free:
            assert not free
        holder.kill()
    with lock(path) as free:
        assert free
        again = subprocess.run(words, input="\n", capture_output=True, text=True, check=True)
        assert again.stdout == "False\n"
    with lock(path) as free:
        assert free
    assert list(tmp_path.iterdir()) == [path]
    assert path.stat().st_mtime_ns == before.st_mtime_ns


def test_a_read_only_file_is_locked_too(tmp_path: Path) -> None:
    path = tmp_path / "recipe.json"
    path.touch(mode=0o400)
    with lock(path) as first, lock(path) as second:
        assert (first, second) == (True, False)


def test_where_nothing_can_be_locked_all_goes_on(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere", tmp_path):
        with lock(path) as first, lock(path) as second:
            assert (first, second) == (True, True)
