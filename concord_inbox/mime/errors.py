"""The only error that reading an email may end with."""


class UnparseableError(ValueError):
    """Nothing at all can be made of the source (it is empty); everything else is read as far as it goes."""
