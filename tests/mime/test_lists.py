"""Where a mailing list is written to."""

import pytest

from .samples import read


@pytest.mark.parametrize(
    ("field", "address"),
    [
        ("List-Post: <mailto:talk@lists.example>", "talk@lists.example"),
        ("List-Post: <mailto:Talk%2Bx@Lists.example?subject=Hello> (the list)", "Talk+x@Lists.example"),
        ("List-Post: <https://lists.example/post>,\r\n <mailto:talk@lists.example>", "talk@lists.example"),
        ("List-Post: NO (nobody writes here)", ""),
        ("List-Post: <mailto:>", ""),
        ("List-Post: <mailto:a@b.example%0D%0ABcc:c@d.example>", ""),
        ("List-Post: <mailto:a@b.example,c@d.example>", ""),
        ("List-Id: <a.example>", ""),
    ],
)
def test_where_a_list_is_written_to(field, address):
    assert read(b"x", field).list_post == address
