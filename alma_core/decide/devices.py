"""Devices that train and predict, with a dated price each: a start to be edited, not a quotation."""

import dataclasses
from dataclasses import dataclass
from typing import Final

from alma_core.decide.prices import Prices, changed
from alma_core.language import mark


@dataclass(frozen=True)
class Device:
    """One kind of device.

    Args:
        name: what pages call it, in English, marked for translation.
        usd_per_hour: list price of an hour, on demand; of a server already owned, of the rented one that takes what
            does not fit.
        peak_flops: FLOP/s in 32 bit, by its maker.
        nightly_hours: free on a server already owned; 0: rented.
        source: where price and peak come from.
        dated: month of the price.
    """

    name: str
    usd_per_hour: float
    peak_flops: float
    nightly_hours: float
    source: str
    dated: str


_INDEX: Final = mark(
    "middle of the hyperscalers' list prices, mercatus-ai.com/blog/cloud-gpu-pricing; peak: NVIDIA's data sheet"
)
DEVICES: Final = {
    "cpu": Device(
        mark("CPU server already owned"), 0.53, 1.0e12, 8.0,
        mark("8 free hours a night; beyond them a rented T4's hour; peak of 16 cores at 64 GFLOP/s each"), "2026-05",
    ),
    "t4": Device(
        mark("T4, rented"), 0.53, 8.1e12, 0.0,
        mark("AWS g4dn.xlarge, on demand, US East; peak: NVIDIA's sheet"), "2026-05",
    ),
    "a100": Device(mark("A100, rented"), 2.25, 19.5e12, 0.0, _INDEX, "2026-05"),
    "h100": Device(mark("H100, rented"), 4.25, 67e12, 0.0, _INDEX, "2026-05"),
    "h200": Device(mark("H200, rented"), 5.75, 67e12, 0.0, _INDEX, "2026-05"),
}  # fmt: skip
PER_USD: Final = {"USD": 1.0, "JPY": 150.0, "EUR": 0.87}
"""Rates that presets are converted at, 2026-05, rounded."""


def hourly(device: Device, currency: str) -> float:
    """Return the price of an hour in a currency, rounded to two figures.

    >>> hourly(DEVICES["t4"], "JPY")
    80.0
    """
    return float(f"{device.usd_per_hour * PER_USD[currency]:.2g}")


def on(prices: Prices, name: str) -> Prices:
    """Return the prices with compute on the device of that name, in their currency."""
    device = DEVICES[name]
    return changed(
        prices,
        price_per_device_hour=hourly(device, prices.currency),
        peak_flops=device.peak_flops,
        nightly_hours=device.nightly_hours,
    )


def of(prices: Prices) -> str | None:
    """Return the name of the preset that the prices use unchanged; None where they were edited."""
    plain = dataclasses.replace(prices, ranges=())
    return next((name for name in DEVICES if on(plain, name) == plain), None)
