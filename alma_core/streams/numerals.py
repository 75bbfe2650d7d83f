"""Texts -> numbers: thousands separators, decimal commas, brackets and triangles for negatives, currency, percent."""

from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from alma_core.streams.cells import fields, flags

SIGN: Final = "[-+−–△▲]?"
"""All but the plus make a number negative when they stand before it; brackets around it do so too."""
PATTERN: Final = (
    rf"^(?P<open>\()?\s*(?P<sign>{SIGN})\s*(?:[¥\\$€£]\s*(?P<late>{SIGN}))?"
    r"(?P<whole>[0-9]{1,3}(?:[GROUP][0-9]{3})+|[0-9]*)(?P<part>[MARK][0-9]*)?(?P<power>[eE][-+]?[0-9]{1,3})?"
    r"\s*(?P<unit>[%円]?)\s*(?P<close>\))?$"
)
GROUPS: Final = {".": ",' ", ",": ".' "}
"""Thousands separators beside each decimal mark."""


def numbers(texts: Any, decimal: str = ".") -> NDArray[np.float64]:
    """Return [W] the number that each text reads as; NaN where it is none, or infinite.

    A percent sign divides by 100, as Excel does. A backslash is how a yen sign of CP932 comes in.

    Args:
        texts: [W] Arrow array of text after NFKC and trimming.
        decimal: the decimal mark, "." or ",".

    >>> numbers(pa.array(["1,234.5", "△3", "(12)", "¥1,000", "5%", "x", "1e3", "1,2"])).tolist()
    [1234.5, -3.0, -12.0, 1000.0, 0.05, nan, 1000.0, nan]
    """
    found = fields(texts, PATTERN.replace("GROUP", GROUPS[decimal]).replace("MARK", decimal))
    digits = pc.replace_substring_regex(found["whole"], pattern="[^0-9]", replacement="")
    part = pc.replace_substring(found["part"], pattern=decimal, replacement=".")
    mantissa = pc.binary_join_element_wise(digits, part, "")
    balanced = pc.equal(pc.equal(found["open"], ""), pc.equal(found["close"], ""))
    is_number = pc.and_(pc.match_substring_regex(mantissa, pattern="[0-9]"), balanced)
    written = pc.if_else(is_number, pc.binary_join_element_wise(mantissa, found["power"], ""), None)
    values = _floats(written)
    signs = pc.binary_join_element_wise(found["open"], found["sign"], found["late"], "")
    negative = flags(pc.match_substring_regex(signs, pattern="[^+]"))
    values = np.where(flags(pc.equal(found["unit"], "%")), values / 100, values)
    return np.where(np.isfinite(values), np.where(negative, -values, values), np.nan)


def written_plainly(texts: Any) -> NDArray[np.float64] | None:
    """Return [N] numbers where every text that is not null is written as a programme writes one, else None.

    Args:
        texts: [N] Arrow array of text; null becomes NaN.
    """
    try:
        return _floats(texts)
    except pa.ArrowInvalid:
        return None


def _floats(texts: Any) -> NDArray[np.float64]:
    return np.asarray(texts.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
