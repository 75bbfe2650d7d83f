"""Every mistake a user can make, said in one sentence: what was given, what was expected, what to do."""


class AlmaError(Exception):
    """A mistake in what was asked for or handed in; its text is one sentence for the person who made it."""


class SpecError(AlmaError):
    """What was asked for makes no sense: an unknown name, a number out of range."""


class DataError(AlmaError):
    """The data cannot be read or cannot be cut as asked."""


class RunError(AlmaError):
    """A run folder cannot be read or written."""


class QuestionError(AlmaError):
    """A question cannot be answered from the run it was put to."""


class StoreError(AlmaError):
    """The store of finished updates cannot be read or written."""


class BrowserError(AlmaError):
    """A picture cannot be drawn, or a page not printed: there is no browser, or it failed."""
