"""Somebody who goes through the providers' sign-in pages with a browser, without a browser."""

import re
from html import unescape
from urllib.parse import parse_qsl, urljoin, urlsplit

import requests

_INPUT = re.compile(r"<input\b[^>]*>")
_BUTTON = re.compile(r"<button\b[^>]*>")
_ATTRIBUTE = re.compile(r'(\w+)(?:="([^"]*)")?')


class Blocked(Exception):  # noqa: N818 (not ours to handle)
    """The provider's page is the end of the way. `page` is its text."""

    def __init__(self, page: str):
        super().__init__(re.sub(r"<[^>]+>", " ", page)[-400:])
        self.page = page


def sign_in(url: str, email: str, password: str, *, refuse: bool = False, leave_out: tuple[str, ...] = ()) -> dict:
    """Go from the address that the program sent the browser to until the provider sends it back.

    :param refuse: press the button for no on the page that asks for consent.
    :param leave_out: scopes (a part of their names is enough) that are unticked there.
    :return: what the program's own address is called with.
    :raises Blocked: the provider does not send the browser back.
    """
    with requests.Session() as session:
        response = session.get(url, allow_redirects=False, timeout=30)
        for _page in range(5):
            if response.is_redirect:
                return dict(parse_qsl(urlsplit(response.headers["Location"]).query))
            fields = _fill_in(response.text, email, password, refuse, leave_out)
            action = re.search(r'<form[^>]* action="([^"]*)"', response.text)
            if response.status_code != 200 or not action or 'role="alert"' in response.text:
                raise Blocked(response.text)
            response = session.post(
                urljoin(response.url, unescape(action[1])), data=fields, allow_redirects=False, timeout=30
            )
        raise Blocked(response.text)


def _fill_in(page: str, email: str, password: str, refuse: bool, leave_out: tuple[str, ...]) -> list[tuple[str, str]]:
    fields = []
    for tag in _INPUT.findall(page):
        found = _attributes(tag)
        name, value = found.get("name", ""), found.get("value", "")
        if found.get("type") == "email":
            value = email
        elif found.get("type") == "password":
            value = password
        elif found.get("type") == "checkbox" and any(part in value for part in leave_out):
            continue
        fields.append((name, value))
    named = [found for tag in _BUTTON.findall(page) if (found := _attributes(tag)).get("name")]
    if named:
        chosen = named[-1] if refuse else named[0]
        fields.append((chosen["name"], chosen.get("value", "")))
    return fields


def _attributes(tag: str) -> dict[str, str]:
    return {name: unescape(value) for name, value in _ATTRIBUTE.findall(tag)}
