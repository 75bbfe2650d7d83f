"""Text cells before anything is known of them: what is blank, what is distinct, how text is made plain."""

import unicodedata
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

BLANKS: Final = frozenset(
    (
        *(
            "",
            "-",
            "--",
            "—",
            "―",
            "–",
            "−",
            "?",
            "NA",
            "N/A",
            "n/a",
            "null",
            "NULL",
            "None",
            "NaN",
            "nan",
            "<NA>",
            "NaT",
        ),
        *("#N/A", "#VALUE!", "#REF!", "#DIV/0!", "#NUM!", "#NAME?", "#NULL!"),
    )
)
"""What stands for "nothing is known here", after NFKC and trimming. 無 and なし are answers, so they are not here."""


class Words(NamedTuple):
    """The distinct texts of a column and where they stand.

    Args:
        texts: [W] distinct texts as an Arrow array, after NFKC and trimming, none blank.
        codes: [N] which text each cell holds; -1 where blank.
    """

    texts: Any
    codes: NDArray[np.int64]

    @property
    def counts(self) -> NDArray[np.int64]:
        """[W] cells that hold each text."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.texts))

    def spread(self, read: NDArray[Any], blank: Any) -> NDArray[Any]:
        """Return [N] what each cell reads as, from `read` [W] of the texts; `blank` where nothing stands."""
        return np.append(read, np.array([blank], read.dtype))[self.codes]


def arrow(values: "pd.Series[Any]") -> Any:
    """Return the cells of a column as one Arrow array of text, null where missing."""
    if values.dtype.kind == "f" and bool((values.dropna() % 1 == 0).all()):
        values = values.astype("Int64")  # 1.0 is called 1
    array = pa.array(values.astype("str").array, from_pandas=True)
    combined = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    return combined.cast(pa.large_string())


def plain(texts: Any) -> Any:
    """Return an Arrow array of text after NFKC and trimming."""
    return pc.utf8_trim_whitespace(pc.utf8_normalize(texts, form="NFKC"))


def plain_text(text: str) -> str:
    """Return `text` after NFKC, its spaces single and none at the ends.

    >>> plain_text("  ABC\u3000 12 ")
    'ABC 12'
    """
    return " ".join(unicodedata.normalize("NFKC", text).split())


def words(values: "pd.Series[Any]") -> Words:
    """Return the distinct texts of a column and which of them each cell holds."""
    coded = arrow(values).dictionary_encode()
    texts = plain(coded.dictionary.cast(pa.string()))
    # Two spellings may be one text once they are plain, and some turn out to be blank.
    again = texts.dictionary_encode()
    filled = ~np.isin(again.dictionary.to_numpy(zero_copy_only=False).astype(str), list(BLANKS))
    renumbered = np.append(np.where(filled, np.cumsum(filled) - 1, -1), -1)  # [W + 1]
    of_text = np.append(_codes(again.indices), -1)  # [texts + 1]
    return Words(again.dictionary.filter(pa.array(filled)), renumbered[of_text[_codes(coded.indices)]])


def _codes(indices: Any) -> NDArray[np.int64]:
    return np.asarray(indices.fill_null(-1).to_numpy(zero_copy_only=False), dtype=np.int64)


def fields(texts: Any, pattern: str) -> dict[str, Any]:
    """Return the named parts of each text that fits `pattern`; null where it does not fit, "" where a part is absent.

    >>> fields(pa.array(["a1", "b"]), "^(?P<letter>[a-z])(?P<digit>[0-9])$")["digit"].to_pylist()
    ['1', None]
    """
    found = pc.extract_regex(texts, pattern=pattern)
    return dict(zip((field.name for field in found.type), found.flatten(), strict=True))


def flags(array: Any) -> NDArray[np.bool_]:
    """Return an Arrow array of true, false and null as booleans; null is False."""
    return np.asarray(array.fill_null(False).to_numpy(zero_copy_only=False), dtype=bool)


def text_column(texts: Any) -> "pd.Series[Any]":
    """Return an Arrow array of text as a column; what is blank or only spaces is missing."""
    filled = pc.if_else(pc.equal(pc.utf8_trim_whitespace(texts), ""), None, texts)
    return pd.Series(filled.to_pandas()).astype("str")
