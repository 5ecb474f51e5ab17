"""Pictures by their Content-Location."""

import pytest

from .samples import multipart, part, read
from .test_bodies import picture


def shown(html: str, location: str, *fields: str, of_html: str = "") -> tuple[str, list[bool]]:
    """The HTML as it is stored, and of each picture whether it is shown within."""
    page = part("text/html", html, *([of_html] if of_html else []))
    body, field = multipart("related", page, picture(f"Content-Location: {location}"))
    message = read(body, field, *fields)
    return message.html, [one.inline for one in message.attachments]


@pytest.mark.parametrize(
    ("html", "location", "fields", "of_html"),
    [
        ('<img src="fig.png">', "fig.png", [], ""),
        ("<img src='./fig%20a.png'>", "fig%20a.png", [], ""),
        ("<img src=http://a.example/fig.png>", "http://a.example/fig.png", [], ""),
        ('<img src="fig.png">', "http://a.example/x/fig.png", ["Content-Location: http://a.example/x/"], ""),
        ('<img src="../fig.png">', "http://a.example/fig.png", [], "Content-Location: http://a.example/x/page.html"),
        (
            '<base href="http://a.example/x/"><img src="fig.png?a=1&amp;b=2">',
            "http://a.example/x/fig.png?a=1&b=2",
            [],
            "",
        ),
        ('<img src="http://a.example/a/long/way">', "http://a.example/a/\r\n long/way", [], ""),
    ],
)
def test_pictures_are_found(html, location, fields, of_html):
    stored, inline = shown(html, location, *fields, of_html=of_html)
    assert 'src="cid:location-1"' in stored and inline == [True]


def test_backgrounds_and_those_with_a_content_id():
    body, field = multipart(
        "related",
        part("text/html", '<p style="background-image:url(fig.png)">x</p><table background="fig.png"></table>'),
        picture("Content-Location: fig.png", "Content-ID: <fig@a.example>"),
    )
    message = read(body, field)
    assert message.html.count("cid:fig@a.example") == 2 and message.attachments[0].inline


@pytest.mark.parametrize(
    ("html", "location"),
    [('<img src="other.png">', "fig.png"), ('<img src="fig.png">', "http://[broken/fig.png"), ("fig.png", "fig.png")],
)
def test_others_are_not(html, location):
    stored, inline = shown(html, location)
    assert "cid:" not in stored and inline == [False]
