"""What the providers' HTTP services have in common, whichever library asks them."""

import contextlib
import errno
import json
import math
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import requests
import urllib3

from .base import Tokens
from .errors import AdapterError, AuthenticationError, CertificateError, EncryptionError, NetworkError, ProtocolError

STEP = 64 * 1024
#: Bytes of an answer that is read into memory whole: a batch of small emails is the largest.
LARGEST = 64 * 1024 * 1024
#: Of an answer that says what went wrong, more is not read.
MOST_OF_ERROR = 64 * 1024

# https://docs.openssl.org/3.0/man3/X509_STORE_CTX_get_error/
_CERTIFICATE_REASONS = {9: "not_yet_valid", 10: "expired", 18: "self_signed", 62: "wrong_name", 64: "wrong_name"}

_TIMEOUTS = (TimeoutError, requests.exceptions.Timeout, urllib3.exceptions.ReadTimeoutError)

#: What is sent: bytes, or what makes it anew for each try.
Content = bytes | Callable | None


class Connection:
    """To one provider's API, kept open, for one account: the token is shown with each request. One thread at a time.

    Attribute `timeout`: seconds to wait for the server at any one time, or two numbers: to connect, and for an answer.

    :param base: the API's address.
    """

    def __init__(self, base: str, tokens: Tokens | None, timeout: float | tuple[float, float]):
        self.timeout = timeout
        self._host = urlsplit(base).netloc
        self._tokens = tokens
        self._token = ""
        self._session = requests.Session()
        self._session.auth = no_netrc

    def close(self) -> None:
        self._session.close()

    def request(self, method: str, url: str, headers: Mapping[str, str], content: Content = None) -> requests.Response:
        """The answer, which is not read yet and is to be closed by whoever gets it. A refused token is renewed once.

        :raises AuthenticationError: there is no token (any more).
        :raises NetworkError, CertificateError, EncryptionError: as `broken()` has it.
        """
        if not self._tokens:
            raise AuthenticationError("refused")
        self._token = self._tokens.token()
        response = self._ask(method, url, headers, content)
        if response.status_code == 401:
            response.close()
            self.renew()
            response = self._ask(method, url, headers, content)
        return response

    def renew(self) -> None:
        """The token was refused, in whatever way."""
        self._token = self._tokens.token(refused=self._token)

    def send(self, method: str, url: str, headers: Mapping[str, str], content: Content = None) -> requests.Response:
        """As `request()`, once, and without the token: for an address that bears its own permission."""
        with network_errors(self._host):
            return self._session.request(
                method,
                url,
                data=content() if callable(content) else content,
                headers=headers,
                timeout=self.timeout,
                # A token is for nobody else.
                allow_redirects=False,
                stream=True,
            )

    def _ask(self, method: str, url: str, headers: Mapping[str, str], content: Content) -> requests.Response:
        headers = {**headers, "Authorization": f"Bearer {self._token}"}
        if method == "GET":
            try:
                return self.send(method, url, headers, content)
            except NetworkError as error:
                # What only asks may be asked again: a connection that was kept open may have ended meanwhile.
                if error.reason != "cut":
                    raise
        return self.send(method, url, headers, content)

    def chunks(self, response: requests.Response) -> Iterator[bytes]:
        """The content of an answer, as it comes.

        :raises NetworkError:
        """
        with network_errors(self._host):
            yield from response.iter_content(STEP)

    def document(self, response: requests.Response) -> dict:
        """An answer as a JSON object; {} for nothing where something was done.

        :raises ProtocolError: it is none, or without end.
        """
        content = whole(response, LARGEST, self._host)
        if not content and response.request.method != "GET":
            return {}
        try:
            found = json.loads(content)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            text = content[:200].decode("utf-8", "replace")
            raise ProtocolError("bad_response", server_text=text, host=self._host)
        return found

    def beginning(self, response: requests.Response) -> bytes:
        """The beginning of an answer that says what went wrong, as far as it comes."""
        content = bytearray()
        with contextlib.suppress(AdapterError):
            for chunk in self.chunks(response):
                content += chunk
                if len(content) >= MOST_OF_ERROR:
                    break
        return bytes(content[:MOST_OF_ERROR])

    def without_token(self, text: str) -> str:
        """`text`, should the server have repeated in it what it was shown."""
        return text.replace(self._token, "•••") if self._token else text


def whole(response: requests.Response, most: int, host: str) -> bytes:
    """The content of an answer.

    :raises ProtocolError: there are more than `most` bytes of it.
    :raises NetworkError:
    """
    content = bytearray()
    with network_errors(host):
        for chunk in response.iter_content(STEP):
            content += chunk
            if len(content) > most:
                raise ProtocolError("bad_response", server_text="an answer without end", host=host)
    return bytes(content)


@contextlib.contextmanager
def network_errors(host: str) -> Iterator[None]:
    """Of the ways in which a connection fails, only the adapters' errors leave this block."""
    try:
        yield
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        raise broken(error, host) from error


def broken(error: Exception, host: str) -> AdapterError:
    """What it means that no whole answer came."""
    causes = list(_causes(error))
    if certificate := next((cause for cause in causes if isinstance(cause, ssl.SSLCertVerificationError)), None):
        reason = _CERTIFICATE_REASONS.get(certificate.verify_code, "untrusted")
        return CertificateError(reason, fingerprint="", server_text=certificate.verify_message, host=host)
    if isinstance(error, (ssl.SSLError, requests.exceptions.SSLError)):
        return EncryptionError("tls_failed", server_text=str(error), host=host)
    if any(isinstance(cause, _TIMEOUTS) for cause in causes):
        return NetworkError("timeout", host=host)
    if any(type(cause).__name__ in ("NameResolutionError", "gaierror") for cause in causes):
        return NetworkError("host_not_found", host=host)
    if any(isinstance(cause, OSError) and cause.errno == errno.ECONNREFUSED for cause in causes):
        return NetworkError("refused", host=host)
    if any(type(cause).__name__ == "NewConnectionError" for cause in causes):
        return NetworkError("unreachable", host=host)
    return NetworkError("cut", host=host)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and all that led to it: urllib3 wraps, and requests wraps that."""
    waiting, seen = [error], set()
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        inner = [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
        waiting += [cause for cause in inner if isinstance(cause, BaseException)]


def retry_after(text: str | None) -> float | None:
    """A Retry-After (RFC 9110, 10.2.3), which is a number of seconds or a date, in seconds from now; None for what is
    neither.
    """
    try:
        seconds = float(text or "")
    except ValueError:
        pass
    else:
        return max(0.0, seconds) if math.isfinite(seconds) else None
    try:
        return max(0.0, parsedate_to_datetime(text or "").timestamp() - time.time())
    except (ValueError, OverflowError):
        return None


def no_netrc(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """A session's `auth` that adds nothing: a ~/.netrc of the server's user must not add a password of its own."""
    return request
