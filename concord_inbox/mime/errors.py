"""The only errors that reading and writing an email may end with."""


class UnparseableError(ValueError):
    """Nothing at all can be made of the source (it is empty); everything else is read as far as it goes."""


class ComposeError(ValueError):
    """The email cannot be written as it is meant.

    :param reason: ``control_character``, ``bad_address``, ``no_sender``, ``bad_date``, ``bad_message_id`` or
        ``bad_header``.
    :param field: where: the header's name in lower case, ``attachment`` for a file's name or type.
    :param value: what is wrong, as it was given.
    """

    def __init__(self, reason: str, field: str, value: str = ""):
        super().__init__(f"{reason} in {field}: {value[:200]!r}")
        self.reason = reason
        self.field = field
        self.value = value
