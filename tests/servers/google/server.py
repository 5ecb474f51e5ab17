"""Google on one address."""

from .oauth import SignIn
from .web import Request, Response, WebServer, json_response


class Google(WebServer):
    """Google as a context manager: `url` is the base of all its addresses, `sign_in` what it knows of users.

    Attribute `violations`: what clients did that Google's descriptions do not allow; a test wants it empty.
    """

    def __init__(self):
        super().__init__()
        self.sign_in = SignIn()
        self.violations = self.sign_in.violations
        self.client_id = self.sign_in.client_id
        self.client_secret = self.sign_in.client_secret
        self.redirect_uris = self.sign_in.redirect_uris
        self.revoke = self.sign_in.revoke
        self.expire = self.sign_in.expire
        self.token_for = self.sign_in.token_for
        self.refresh_token_for = self.sign_in.refresh_token_for

    def add_user(self, email: str, password: str = "google-secret", aliases: tuple[str, ...] = ()) -> None:
        """Somebody with a mailbox."""
        with self.lock:
            self.sign_in.add_user(email, password, aliases)

    def answer(self, request: Request) -> Response:
        with self.lock:
            response = self.sign_in.answer(request)
        return response or json_response({"error": {"code": 404, "message": "Not Found"}}, 404)
