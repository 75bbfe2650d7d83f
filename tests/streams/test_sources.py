"""Data sets by name or path, and a sentence for everything that is wrong with them."""

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alma_core.errors import AlmaError, DataError
from alma_core.streams import sources
from tests.conftest import needs_mnist

X, Y = np.arange(200, dtype=np.uint8).reshape(50, 2, 2), np.tile(np.arange(5), 10)


def saved(path: Path, **arrays: Any) -> str:
    np.savez(path, **arrays)
    return str(path)


def test_digits_keep_their_last_360_for_the_test():
    digits = sources.load("digits")
    assert digits.x.shape == (1797, 64)
    assert digits.test.tolist() == list(range(1437, 1797))
    assert digits.classes == tuple("0123456789")
    assert digits.image == (1, 8, 8)


@pytest.mark.parametrize(
    ("axes", "image"), [((6,), None), ((2, 3), (1, 2, 3)), ((2, 3, 4), (4, 2, 3)), ((2, 3, 1, 1), None)]
)
def test_images_keep_their_axes_and_their_order(tmp_path: Path, axes: tuple[int, ...], image: Any):
    x = np.random.default_rng(0).integers(0, 256, (50, *axes), np.uint8)
    source = sources.load(saved(tmp_path / "a.npz", x_train=x, y_train=Y, x_test=x[:9], y_test=Y[:9]))
    assert source.image == image
    assert np.array_equal(source.x[7], x[7].ravel())


def test_an_npz_with_its_own_test_set(tmp_path: Path):
    source = sources.load(saved(tmp_path / "a.npz", x_train=X, y_train=Y, x_test=X[:7], y_test=Y[:7]))
    assert source.x.shape == (57, 4)
    assert source.test.tolist() == list(range(50, 57))
    assert source.largest == 255.0


def test_an_npz_in_parts_is_one_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ALMA_DATA", str(tmp_path))
    saved(tmp_path / "ours-part2of2.npz", x_train=X[4:], y_train=Y[4:], x_test=X[:3], y_test=Y[:3])
    assert "ours" not in sources.known()  # a part is missing
    saved(tmp_path / "ours-part1of2.npz", x_train=X[:4], y_train=Y[:4], x_test=X[7:9], y_test=Y[7:9])
    assert "ours" in sources.known()
    source = sources.load("ours")
    assert np.array_equal(source.x, np.concatenate([X, X[7:9], X[:3]]).reshape(len(X) + 5, -1))
    assert len(source.test) == 5
    saved(tmp_path / "ours-part1of2.npz", x_train=X[:4, :1], y_train=Y[:4], x_test=X[7:9], y_test=Y[7:9])
    with pytest.raises(DataError, match="save all parts alike"):
        sources.load("ours")


def test_an_npz_without_one_lends_a_fifth_by_index(tmp_path: Path):
    x, y = np.zeros((2000, 3)), np.tile([3, 7], 1000)
    one = sources.load(saved(tmp_path / "a.npz", x=x, y=y))
    more = sources.load(saved(tmp_path / "b.npz", x=np.zeros((2500, 3)), y=np.tile([3, 7], 1250)))
    assert 0.17 < len(one.test) / 2000 < 0.23
    assert more.test[more.test < 2000].tolist() == one.test.tolist()
    assert one.classes == ("3", "7")
    assert set(one.y) == {0, 1}


def test_a_set_is_found_under_alma_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    saved(tmp_path / "ours.npz", x=X, y=Y)
    monkeypatch.setenv("ALMA_DATA", str(tmp_path))
    assert sources.known() == ["digits", "ours"]
    assert sources.load("ours").name == "ours"


@needs_mnist
def test_mnist():
    mnist = sources.load("mnist")
    assert mnist.x.shape == (70_000, 784)
    assert len(mnist.test) == 10_000
    assert mnist.image == (1, 28, 28)


def test_the_digest_follows_the_content(tmp_path: Path):
    changed = X.copy()
    changed[3, 1, 1] += 1
    digests = {
        sources.load(saved(tmp_path / f"{i}.npz", x=x, y=y)).digest
        for i, (x, y) in enumerate([(X, Y), (X, Y), (changed, Y), (X, (Y + 1) % 5)])
    }
    assert len(digests) == 3


def broken_files() -> dict[str, tuple[bytes, str]]:
    whole = io.BytesIO()
    np.savez(whole, x=X, y=Y)
    objects = io.BytesIO()
    np.savez(objects, x=np.array([{"a": 1}, None], dtype=object), y=Y)
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", b"0" * 10_000)
    text = io.BytesIO()
    with zipfile.ZipFile(text, "w") as archive:
        archive.writestr("x_train", "a,b\n1,2\n")
        archive.writestr("y_train", "1\n2\n")
    return {
        "truncated": (whole.getvalue()[:-60], "does not read as an .npz file of plain arrays"),
        "empty": (b"", "does not read as an .npz file of plain arrays"),
        "a picture": (b"\x89PNG\r\n\x1a\n" + b"0" * 100, "does not read as an .npz file of plain arrays"),
        "python objects": (objects.getvalue(), "without Python objects"),
        "not an array inside": (text.getvalue(), "x_train and y_train"),
        "zeros called an array": (bomb.getvalue(), "x_train and y_train"),
    }


@pytest.mark.parametrize("name", broken_files())
def test_a_broken_file_is_named(tmp_path: Path, name: str):
    content, says = broken_files()[name]
    path = tmp_path / "broken.npz"
    path.write_bytes(content)
    with pytest.raises(DataError, match=says):
        sources.load(str(path))


@pytest.mark.parametrize(
    ("arrays", "says"),
    [
        ({"x_train": X}, "x_train and y_train"),
        ({"images": X, "labels": Y}, "holds the arrays images, labels"),
        ({"x": X, "y": Y[:-1]}, "one label for each example"),
        ({"x": X, "y": Y.reshape(10, 5)}, "one label for each example"),
        ({"x": Y, "y": Y}, "n examples and n labels"),
        ({"x": np.full((50, 2), np.nan), "y": Y}, "not finite numbers"),
        ({"x": np.full((50, 2), "a"), "y": Y}, "not finite numbers"),
        ({"x": np.full((50, 2), 1e300), "y": Y}, "not finite numbers"),
        ({"x": np.zeros((50, 2), complex), "y": Y}, "not finite numbers"),
        ({"x": X, "y": np.zeros(50)}, "has 1 classes, 2 to 1000 were expected"),
        ({"x": np.zeros((1200, 2)), "y": np.arange(1200)}, "has 1200 classes"),
        ({"x_train": X, "y_train": Y, "x_test": X[:, :1], "y_test": Y}, "one shape and type was expected"),
        ({"x": X[:0], "y": Y[:0]}, "holds 0 examples"),
        ({"x_train": X, "y_train": Y, "x_test": X[:0], "y_test": Y[:0]}, "0 to judge on"),
        ({"x": X[:3], "y": Y[:3]}, "0 to judge on"),
        ({"x": np.zeros((50, 0)), "y": Y}, "of 0 features"),
        ({"x": X, "y": np.where(Y == 1, np.nan, Y)}, "labels that are blank"),
        ({"x": X, "y": Y / 3}, "labels that are blank or no classes"),
        ({"x_train": X, "y_train": Y, "x_test": X}, "only one of x_test and y_test"),
    ],
)
def test_arrays_that_do_not_fit(tmp_path: Path, arrays: dict[str, Any], says: str):
    with pytest.raises(DataError, match=says):
        sources.load(saved(tmp_path / "a.npz", **arrays))


def test_a_file_that_unpacks_to_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sources, "LARGEST_ARRAYS_BYTES", 1000)
    np.savez_compressed(tmp_path / "zeros.npz", x=np.zeros((1000, 2)), y=np.zeros(1000))
    with pytest.raises(DataError, match="at most"):
        sources.load(str(tmp_path / "zeros.npz"))


def test_unknown_names_are_answered_with_the_known_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    saved(tmp_path / "ours.npz", x=X, y=Y)
    monkeypatch.setenv("ALMA_DATA", str(tmp_path))
    with pytest.raises(DataError, match="only these are known: digits, ours;"):
        sources.load("minst")
    with pytest.raises(DataError, match="There is no file"):
        sources.load("nowhere.npz")
    with pytest.raises(DataError):
        sources.load("")


@given(st.binary(max_size=300), st.integers(0, 700))
def test_mutated_files_give_a_sentence_or_a_source(tmp_path_factory: pytest.TempPathFactory, noise: bytes, at: int):
    whole = io.BytesIO()
    np.savez(whole, x=X, y=Y)
    content = whole.getvalue()
    path = tmp_path_factory.mktemp("mutated") / "a.npz"
    path.write_bytes(content[:at] + noise + content[at + len(noise) :])
    try:
        assert sources.load(str(path)).x.shape[0] > 0
    except AlmaError as error:
        said = str(error)
    else:
        said = ""
    assert "\n" not in said


class TestOpenML:
    """The real loader of scikit-learn, its network replaced by what it would answer."""

    def answers(self, monkeypatch: pytest.MonkeyPatch, answer: Any) -> None:
        def fetch(name: str, **_options: Any) -> Any:
            if isinstance(answer, Exception):
                raise answer
            assert name == "wine"
            return answer

        monkeypatch.setattr("sklearn.datasets.fetch_openml", fetch)

    def test_numbers_are_scaled_by_the_first_mega_batch(self, monkeypatch: pytest.MonkeyPatch):
        self.answers(monkeypatch, (np.random.default_rng(0).normal(size=(300, 4)), np.repeat(["red", "white"], 150)))
        source = sources.load("openml:wine")
        assert source.classes == ("red", "white")
        assert source.largest is None

    def test_bytes_are_divided_by_255(self, monkeypatch: pytest.MonkeyPatch):
        pixels = np.random.default_rng(0).integers(0, 256, (300, 4)).astype(float)
        self.answers(monkeypatch, (pixels, np.repeat(["1", "2"], 150)))
        assert sources.load("openml:wine").largest == 255.0

    def test_no_internet(self, monkeypatch: pytest.MonkeyPatch):
        self.answers(monkeypatch, OSError("Name or service not known"))
        with pytest.raises(DataError, match="could not be had from OpenML"):
            sources.load("openml:wine")

    def test_text_columns(self, monkeypatch: pytest.MonkeyPatch):
        self.answers(monkeypatch, (np.full((10, 2), "a", object), np.repeat(["red", "white"], 5)))
        with pytest.raises(DataError, match="not numbers"):
            sources.load("openml:wine")
