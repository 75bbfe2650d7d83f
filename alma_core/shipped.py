"""What the runs that come with the program are called on screen: their folders' names are for the terminal."""

from typing import Final

from alma_core.language import mark

NAMES: Final = {
    "cifar10": mark("Photographs, ten kinds"),
    "digits": mark("Handwritten digits, a small set"),
    "elec2": mark("Electricity price, up or down"),
    "machine-failure": mark("Machine failures"),
    "mnist": mark("Handwritten digits, 50 days"),
    "mnist-epochs-1": mark("Handwritten digits, 1 pass over the data"),
    "mnist-epochs-2": mark("Handwritten digits, 2 passes over the data"),
    "mnist-epochs-5": mark("Handwritten digits, 5 passes over the data"),
    "mnist-epochs-20": mark("Handwritten digits, 20 passes over the data"),
    "mnist-policies": mark("Handwritten digits, research methods too"),
    "monthly-demand": mark("Monthly demand (bicycles)"),
}
"""By run id; a test holds that each shipped run has one."""

FIRST: Final = "monthly-demand"
"""The run that the pages open on."""

UNITS: Final = (mark("rentals"),)
"""What the targets of shipped runs count; these words are written in the language of the reader."""
