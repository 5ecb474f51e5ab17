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


@pytest.mark.parametrize(
    ("fields", "addresses"),
    [
        (["List-Post: <mailto:Talk%2Bx@Lists.example>"], {"talk+x@lists.example"}),
        (["List-Post: <mailto:a@lists.example>, <mailto:b@lists.example>"], {"a@lists.example", "b@lists.example"}),
        (
            ["List-Post: <mailto:a@lists.example>", "X-BeenThere: c@lists.example"],
            {"a@lists.example", "c@lists.example"},
        ),
        (["List-Post: <mailto:a@b.example%0D%0ABcc:c@d.example>"], set()),
        (["List-Post: NO"], set()),
    ],
)
def test_whose_address_is_a_lists(fields, addresses):
    assert read(b"x", *fields).list_addresses == addresses
