import subprocess
import sys
from pathlib import Path

import pytest

from lab import cache
from lab.errors import LabError
from lab.progress import build


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "kubewright"


def test_the_same_inputs_are_built_once() -> None:
    calls: list[Path] = []

    def fill(place: Path) -> None:
        calls.append(place)
        (place / "file").write_text("x")

    first = cache.entry("kind", {"version": "1"}, fill)
    assert cache.entry("kind", {"version": "1"}, fill) == first
    assert cache.entry("kind", {"version": "2"}, fill) != first
    assert len(calls) == 2
    assert (first / "file").read_text() == "x"


def test_an_interrupted_build_is_not_taken_for_whole() -> None:
    def die(place: Path) -> None:
        (place / "half").write_text("x")
        raise LabError("power cut")

    def fill(place: Path) -> None:
        assert not any(place.iterdir())
        (place / "whole").write_text("x")

    with pytest.raises(LabError, match="power cut"):
        cache.entry("kind", {}, die)
    made = cache.entry("kind", {}, fill)
    assert [path.name for path in made.iterdir()] == ["whole"]


def test_two_at_the_same_time_build_once(folder: Path, tmp_path: Path) -> None:
    script = (
        "import time; from lab import cache\n"
        "def fill(place):\n"
        f"    open({str(tmp_path / 'calls')!r}, 'a').write('x'); time.sleep(0.5); (place / 'file').write_text('x')\n"
        "cache.entry('kind', {}, fill)\n"
    )
    clone = Path(cache.__file__).parents[1]
    both = [subprocess.Popen([sys.executable, "-c", script], cwd=clone) for _copy in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    assert (tmp_path / "calls").read_text() == "x"


def test_a_folders_digest_follows_names_and_content_only(tmp_path: Path) -> None:
    top = tmp_path / "top"
    (top / "__pycache__").mkdir(parents=True)
    (top / "a").write_text("1")
    before = cache.digest(top)
    (top / "__pycache__" / "a.pyc").write_text("compiled")
    assert cache.digest(top) == before
    (top / "a").rename(top / "b")
    assert cache.digest(top) != before


def test_a_failing_build_shows_the_end_of_its_log(tmp_path: Path) -> None:
    lines = "; ".join(f"echo line {number}" for number in range(60))
    with pytest.raises(LabError) as failed:
        build(["sh", "-c", f"{lines}; exit 3"], tmp_path / "x.log", title="the build")
    assert "the build failed (3)" in str(failed.value)
    assert "line 59" in str(failed.value)
    assert "line 20" not in str(failed.value)


def test_marked_lines_of_a_build_are_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    build(["sh", "-c", "echo noise; echo '==> compiling kubelet, 2 of 7'"], tmp_path / "x.log", title="the build")
    told = capsys.readouterr().err
    assert "compiling kubelet, 2 of 7, 0:00" in told
    assert "noise" not in told
