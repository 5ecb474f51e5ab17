"""What a provider says of when to come back."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from odoo.addons.concord_inbox.adapters import http


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        *(("120", 120.0), ("1.5", 1.5), ("-3", 0.0), ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0)),
        *(("soon", None), ("", None), (None, None), ("inf", None), ("nan", None)),
    ],
)
def test_retry_after(text, seconds):
    assert http.retry_after(text) == seconds


def test_retry_after_a_date():
    then = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    assert 80 < http.retry_after(then) <= 90
