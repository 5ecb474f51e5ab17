"""HTTP to the providers: bounded in time and size, never redirected, and every failure one of `adapters.errors`."""

import json
from collections.abc import Mapping
from urllib.parse import urlsplit

import requests

from .. import http
from ..errors import TemporaryError, ThrottledError

#: Seconds for each wait; a refresh keeps another worker waiting meanwhile.
TIMEOUT = 15.0
LARGEST = 1_000_000  # bytes; an answer of these services has a few thousand


class Answer:
    """What was answered. Named as `requests` has it, since msal wants that, and google-auth's names are beside."""

    def __init__(self, response: requests.Response, content: bytes):
        self.status_code = self.status = response.status_code
        self.headers = response.headers
        self.data = content
        self.text = content.decode("utf-8", "replace")

    def raise_for_status(self):
        """Wanted by msal; what is 500 or more was raised before."""

    def json(self) -> dict:
        """The answer as a JSON object; {} when it is none."""
        try:
            found = json.loads(self.text)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


def request(
    method: str,
    url: str,
    *,
    data: Mapping | bytes | str | None = None,
    params: Mapping | None = None,
    headers: Mapping | None = None,
    timeout: float = TIMEOUT,
) -> Answer:
    """One request, with a session of its own: there are two or three an hour for each account.

    :param timeout: seconds for each wait.
    :raises TemporaryError: an answer of status 429 or from 500 on.
    :raises NetworkError, CertificateError, EncryptionError: no answer.
    :raises ProtocolError: too large an answer.
    """
    host = urlsplit(url).hostname or ""
    with http.network_errors(host), requests.Session() as session:
        session.auth = http.no_netrc
        with session.request(
            method,
            url,
            data=data,
            params=params,
            headers=dict(headers or {}),
            timeout=timeout,
            allow_redirects=False,
            stream=True,
        ) as response:
            content = http.whole(response, LARGEST, host)
    told = {"retry_after": http.retry_after(response.headers.get("Retry-After")), "host": host}
    if response.status_code == 429:
        raise ThrottledError("throttled", **told)
    if response.status_code >= 500:
        raise TemporaryError("unavailable", **told)
    return Answer(response, content)
