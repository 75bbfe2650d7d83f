"""Anytime learning at macroscale: policies simulated, priced and compared."""

__version__ = "0.1.0"
