"""Data sets by name or path -> arrays, and what is known of each.

Known by name: the embedded `digits`; data sets added with `alma data add`; every `NAME.npz` in the folder that
`ALMA_DATA` names, whole or in parts (`NAME-part1of2.npz` and so on); `openml:NAME` where there is internet. An .npz
file holds `x_train` and `y_train` (or `x` and `y`), and may hold `x_test` and `y_test`.
"""

import math
import os
import re
import zipfile
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from alma_core.errors import DataError
from alma_core.language import _
from alma_core.seeds import TEST_PER_MILLE, per_mille
from alma_core.streams import datasets
from alma_core.streams.source import Source

DIGITS_TEST = 360
PART: Final = re.compile(r"(.+)-part(\d+)of(\d+)")
LARGEST_ARRAYS_BYTES: Final = 8 * 1024**3
"""An .npz that would unpack to more than this is refused before it is opened."""


def load(name: str, missing_share: float = 0.0) -> Source:
    """Return the source called `name`.

    Args:
        missing_share: share of the cells of a table that are blanked on purpose, 0..1.

    Raises:
        DataError: no such set, its file cannot be read, or it is no table whose cells could be blank.
    """
    is_file = name.endswith(".npz") or os.sep in name
    if not is_file and not name.startswith("openml:") and name != "digits" and datasets.exists(name):
        return datasets.load(name).arrays(missing_share).source
    if missing_share:
        raise DataError(
            _(
                "Blank cells were asked of {name}, which is no table; add it with `alma data add`, or leave --missing "
                "out."
            ).format(name=name)
        )
    if name == "digits":
        return _digits()
    if name.startswith("openml:"):
        return _openml(name.removeprefix("openml:"))
    if is_file:
        return _npz(Path(name).stem, [Path(name)])
    if name in known():
        return _npz(name, _files()[name])
    raise DataError(
        _(
            "{name} was given as the data, but only these are known: {known}; choose one of them, give the path of "
            "an .npz file, openml:NAME, or set ALMA_DATA to the folder that holds {name}.npz."
        ).format(name=name, known=", ".join(known()))
    )


def known() -> list[str]:
    """Return the names that `load` finds on this machine."""
    kept = [kept.name for kept in datasets.listed()]
    return ["digits", *kept, *sorted(_files())]


def _files() -> dict[str, list[Path]]:
    """Return the .npz files of each set in the data folder: one, or all its parts in their order."""
    paths = {path.stem: [path] for path in _data_folder().glob("*.npz")}
    parts: dict[tuple[str, int], dict[int, Path]] = defaultdict(dict)
    for stem, (path,) in paths.items():
        if named := PART.fullmatch(stem):
            parts[named[1], int(named[3])][int(named[2])] = path
    whole = {
        name: [found[number] for number in sorted(found)]
        for (name, count), found in parts.items()
        if sorted(found) == list(range(1, count + 1))
    }
    return whole | paths


def _data_folder() -> Path:
    return Path(os.environ.get("ALMA_DATA") or "alma-data-is-not-set")


def _digits() -> Source:
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    test = np.arange(len(x) - DIGITS_TEST, len(x))
    licence = "CC BY 4.0 (UCI, Alpaydin)"
    return Source("digits", x, y.astype(np.int64), _called(np.arange(10)), test, 16.0, licence, (1, 8, 8))


def _npz(name: str, paths: list[Path]) -> Source:
    path, arrays = paths[0], _joined([_arrays(path) for path in paths], paths)
    x, y = _pair(arrays, path, "x_train", "y_train") or _pair(arrays, path, "x", "y") or (None, None)
    if x is None or y is None:
        raise DataError(
            _(
                "{path} holds the arrays {given}, but x_train and y_train (or x and y) were expected; save them "
                "under those names with numpy.savez."
            ).format(path=path, given=", ".join(arrays) or _("(none)"))
        )
    tested = _pair(arrays, path, "x_test", "y_test")
    if tested is None and ("x_test" in arrays or "y_test" in arrays):
        raise DataError(
            _("{path} holds only one of x_test and y_test, both or neither were expected; add or remove one.").format(
                path=path
            )
        )
    if tested is None:
        test = _drawn_test(len(x))
    else:
        test = np.arange(len(x), len(x) + len(tested[0]))
        if tested[0].shape[1:] != x.shape[1:] or (tested[0].dtype, tested[1].dtype.kind) != (x.dtype, y.dtype.kind):
            raise DataError(
                _(
                    "{path} holds training examples of shape {train} and test examples of shape {test}, but one "
                    "shape and type was expected for both; save them alike."
                ).format(path=path, train=f"{x.shape[1:]} {x.dtype}", test=f"{tested[0].shape[1:]} {tested[0].dtype}")
            )
        x, y = np.concatenate([x, tested[0]]), np.concatenate([y, tested[1]])
    largest = 255.0 if x.dtype == np.uint8 else None
    return _source(name, x, y, test, largest, _("as stated by whoever made the file"))


def _joined(parts: list[dict[str, NDArray[Any]]], paths: list[Path]) -> dict[str, NDArray[Any]]:
    """Put the arrays of a set's parts one beneath the other."""
    for path, part in zip(paths, parts, strict=True):
        alike = {key: (array.shape[1:], array.dtype) for key, array in part.items()}
        if alike != (expected := {key: (array.shape[1:], array.dtype) for key, array in parts[0].items()}):
            raise DataError(
                _("{path} holds {given}, but {expected} as in {first} was expected; save all parts alike.").format(
                    path=path, given=_shapes(alike), expected=_shapes(expected), first=paths[0]
                )
            )
    return {key: np.concatenate([part[key] for part in parts]) for key in parts[0]} if len(parts) > 1 else parts[0]


def _shapes(arrays: dict[str, tuple[tuple[int, ...], np.dtype[Any]]]) -> str:
    return ", ".join(f"{name} {shape} {dtype}" for name, (shape, dtype) in arrays.items()) or _("(none)")


def _arrays(path: Path) -> dict[str, NDArray[Any]]:
    if not path.is_file():
        raise DataError(
            _("There is no file {path}, an .npz file was expected there; check the path.").format(path=path)
        )
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
        if size > LARGEST_ARRAYS_BYTES:
            raise DataError(
                _(
                    "{path} unpacks to {size:.1f} GB, at most {most:.1f} GB were expected; hand in fewer examples."
                ).format(path=path, size=size / 1e9, most=LARGEST_ARRAYS_BYTES / 1e9)
            )
        with np.load(path, allow_pickle=False) as archive:
            members = {key: archive[key] for key in archive.files}
        # A member that is no .npy comes back as bytes.
        return {key: member for key, member in members.items() if isinstance(member, np.ndarray)}
    except Exception as error:  # zipfile and numpy let through whatever a broken or hostile member raises
        raise DataError(
            _(
                "{path} does not read as an .npz file of plain arrays ({problem}); write it again with numpy.savez, "
                "without Python objects."
            ).format(path=path, problem=str(error).split("\n")[0])
        ) from error


def _pair(arrays: Mapping[str, NDArray[Any]], path: Path, x: str, y: str) -> tuple[NDArray[Any], NDArray[Any]] | None:
    """Return two arrays of equal length, or None where one is missing."""
    if x not in arrays or y not in arrays:
        return None
    if arrays[x].ndim < 2 or arrays[y].ndim != 1 or len(arrays[x]) != len(arrays[y]):
        raise DataError(
            _(
                "{path} holds {x} of shape {x_shape} and {y} of shape {y_shape}, but n examples and n labels were "
                "expected; save one label for each example."
            ).format(path=path, x=x, y=y, x_shape=arrays[x].shape, y_shape=arrays[y].shape)
        )
    return arrays[x], arrays[y]


def _openml(name: str) -> Source:
    from sklearn.datasets import fetch_openml

    try:
        x, y = fetch_openml(name, as_frame=False, parser="auto", return_X_y=True)
    except Exception as error:  # sklearn lets through whatever the network or the server's answer raises
        raise DataError(
            _(
                "{name} could not be had from OpenML ({problem}); check the name and the internet connection, or "
                "give the path of an .npz file."
            ).format(name=name, problem=str(error).split("\n")[0] or type(error).__name__)
        ) from error
    if not np.issubdtype(np.asarray(x).dtype, np.number):
        raise DataError(
            _(
                "{name} from OpenML has columns that are not numbers, numbers were expected; encode them and save "
                "an .npz file."
            ).format(name=name)
        )
    x, y = np.asarray(x), np.asarray(y)
    if y.dtype == object:
        y = y.astype(str)
    is_bytes = bool(x.min() >= 0 and x.max() <= 255 and x.max() > 1 and (x == np.floor(x)).all())
    largest = 255.0 if is_bytes else None
    return _source(f"openml:{name}", x, y, _drawn_test(len(x)), largest, _("as stated on OpenML"))


def _source(
    name: str, x: NDArray[Any], y: NDArray[Any], test: NDArray[np.int64], largest: float | None, licence: str
) -> Source:
    if x.dtype.kind not in "buif" or (x.dtype.kind == "f" and not _fit_float32(x)):
        raise DataError(
            _(
                "{name} holds examples that are not finite numbers ({dtype}), finite numbers were expected; "
                "replace blanks and text."
            ).format(name=name, dtype=x.dtype)
        )
    if not x.size or not x[0].size or not len(test):
        raise DataError(
            _(
                "{name} holds {count} examples of {features} features and {tests} to judge on; at least one feature, "
                "and examples for training and for judging were expected; hand in more."
            ).format(name=name, count=len(x), features=math.prod(x.shape[1:]), tests=len(test))
        )
    if y.dtype.kind not in "buiUS" and not (y.dtype.kind == "f" and np.isfinite(y).all() and (y == np.floor(y)).all()):
        raise DataError(
            _(
                "{name} holds labels that are blank or no classes ({dtype}), whole numbers or text were expected; "
                "remove the examples without a label."
            ).format(name=name, dtype=y.dtype)
        )
    labels, numbered = np.unique(y, return_inverse=True)
    if not 2 <= len(labels) <= 1000:
        raise DataError(
            _("{name} has {count} classes, 2 to 1000 were expected; check which array holds the labels.").format(
                name=name, count=len(labels)
            )
        )
    rows = x.reshape(len(x), -1)
    return Source(name, rows, numbered.astype(np.int64), _called(labels), test, largest, licence, _image(x))


def _image(x: NDArray[Any]) -> tuple[int, int, int] | None:
    """Return channels, height, width of examples [N, height, width] or [N, height, width, channels]."""
    if x.ndim not in (3, 4):
        return None
    height, width, channels = (*x.shape[1:], 1)[:3]
    return channels, height, width


def _fit_float32(x: NDArray[Any]) -> bool:
    """Return whether all values are finite and stay so in single precision."""
    return x.size == 0 or bool(np.isfinite(x).all() and np.abs(x).max() < 1e30)


def _drawn_test(count: int) -> NDArray[np.int64]:
    """Return a fixed fifth of the examples, drawn by index, for sets that come without a test set."""
    indices = np.arange(count, dtype=np.int64)
    return indices[per_mille(indices, "test") < TEST_PER_MILLE]


def _called(labels: NDArray[Any]) -> tuple[str, ...]:
    return tuple(map(str, labels.tolist()))
