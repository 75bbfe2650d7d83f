"""How long it takes to read, cut and encode a large table, and how much memory: `python benchmarks/ingest.py`.

A CSV file in CP932 of 500,000 rows with six numbers, three categories of at most sixteen values and a date, over 24
months, is written once. Each repeat is a process of its own that reads the file, finds kinds and roles, keeps the data
set, and encodes it for a run. Beside it stands what pandas alone takes to read the same file, in the same process.
"""

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

STEPS = ("read", "cut", "encoded")
WORDS = (
    "東京",
    "大阪",
    "名古屋",
    "札幌",
    "福岡",
    "仙台",
    "広島",
    "京都",
    "神戸",
    "川崎",
    "横浜",
    "千葉",
    "埼玉",
    "堺",
    "浜松",
    "熊本",
)


def write(path: Path, n_rows: int) -> None:
    """Write the table."""
    draws = np.random.default_rng(0)
    days = np.sort(draws.integers(0, 730, n_rows))
    columns: dict[str, Any] = {f"数値{k}": np.round(draws.normal(100, 20, n_rows), 3) for k in range(1, 7)}
    columns |= {f"区分{k}": np.array(WORDS[: 4 * k + 4])[draws.integers(0, 4 * k + 4, n_rows)] for k in range(1, 4)}
    columns["日付"] = (np.datetime64("2023-04-01") + days).astype(str)
    columns["判定"] = np.where(columns["数値1"] + columns["数値2"] + draws.normal(0, 10, n_rows) > 230, "NG", "OK")
    pd.DataFrame(columns).to_csv(path, index=False, encoding="cp932")


def measured(path: Path) -> dict[str, float]:
    """Read, cut and encode the file; return seconds of each step, pandas' own, and the largest memory in GB."""
    from alma_core.streams import adding, datasets, deliveries, schema, sources
    from alma_core.streams.cutting import cutting_of

    marks = [time.perf_counter()]
    delivery = deliveries.deliver([path])
    roles = schema.guess(delivery.cells, deliveries.kinds_of(delivery), target="判定", time="日付")
    marks.append(time.perf_counter())
    adding.keep(adding.drafted("ingest", delivery, roles, cutting_of("month")))
    del delivery
    marks.append(time.perf_counter())
    source = sources.load("ingest")
    marks.append(time.perf_counter())
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    assert source.x.dtype == np.float32
    assert len(source.x) == len(source.y)
    datasets.remove("ingest")
    seconds = dict(zip(STEPS, np.diff(marks).tolist(), strict=True))
    started = time.perf_counter()
    plain = pd.read_csv(path, encoding="cp932")
    by_pandas = time.perf_counter() - started
    assert len(plain) == len(source.x)
    total = sum(seconds.values())
    return {**seconds, "total": total, "pandas": by_pandas, "ratio": total / by_pandas, "memory_gb": most / 1e9}


def apart(path: Path, home: str) -> dict[str, float]:
    """Measure in a process of its own, so that its memory is its own."""
    words = [sys.executable, __file__, "--measure", str(path)]
    done = subprocess.run(words, check=True, capture_output=True, text=True, env=os.environ | {"ALMA_HOME": home})
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main() -> None:
    """Print the table, and with --json the same figures as one object on the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measured(options.measure)))
        return
    with TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        write(path, options.rows)
        size = path.stat().st_size / 1e6
        found = [apart(path, folder) for _ in range(options.repeats)]
    figures = {
        name: {which: of([one[name] for one in found]) for which, of in
               (("min", min), ("median", statistics.median), ("max", max))}
        for name in found[0]
    }  # fmt: skip
    names = {
        "read": "read, kinds and roles found, s", "cut": "cut and kept, s", "encoded": "loaded and encoded, s",
        "total": "all of it, s", "pandas": "pandas.read_csv alone, s", "ratio": "all of it / pandas.read_csv",
        "memory_gb": "largest memory, GB",
    }  # fmt: skip
    print(f"{platform.machine()}, {os.cpu_count()} cores; {options.rows:,} rows, {size:.0f} MB; {len(found)} repeats")
    print(f"{'':32}{'min':>9}{'median':>9}{'max':>9}")
    for name, words in names.items():
        print(f"{words:32}" + "".join(f"{figures[name][which]:9.2f}" for which in ("min", "median", "max")))
    if options.json:
        print(json.dumps({"rows": options.rows, "megabytes": size, "repeats": options.repeats} | figures))


if __name__ == "__main__":
    main()
