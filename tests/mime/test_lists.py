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


@pytest.mark.parametrize(
    ("fields", "found", "one_click"),
    [
        (
            ["List-Unsubscribe: <mailto:out@lists.example?subject=out>"],
            ("mailto:out@lists.example?subject=out",),
            False,
        ),
        (
            [
                "List-Unsubscribe: <mailto:out@a.example>,\r\n <https://a.example/o?u=1>",
                "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
            ],
            ("https://a.example/o?u=1", "mailto:out@a.example"),
            True,
        ),
        (["List-Unsubscribe: <javascript:alert(1)>, <data:text/html,x>, <file:///x>, https://bare.example"], (), False),
        (["List-Unsubscribe: <https://a.example/\r\n folded>"], ("https://a.example/folded",), False),
        (["List-Unsubscribe: <https://>, <mailto:nobody>"], (), False),
        (["List-Unsubscribe-Post: List-Unsubscribe=One-Click"], (), False),
        ([f"List-Unsubscribe: <https://a.example/{'x' * 5000}>"], (), False),
    ],
)
def test_the_way_out_of_a_list(fields, found, one_click):
    message = read(b"x", *fields)
    assert (message.unsubscribe, message.is_one_click) == (found, one_click)
