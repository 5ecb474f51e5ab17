"""An address that providers tell, without an Odoo behind it."""

from .google.web import Request, Response, WebServer


class Notified(WebServer):
    """Answers as Graph and Pub/Sub want it; `bodies`: what was posted.

    Attribute `answers`: False: it answers Graph's question whether it is ours with something else.
    """

    def __init__(self):
        super().__init__()
        self.bodies: list[bytes] = []
        self.answers = True

    def answer(self, request: Request) -> Response:
        token = dict(request.query).get("validationToken")
        if token is None:
            self.bodies.append(request.body)
            return Response(202)
        return Response(200, (token if self.answers else "welcome").encode(), {"Content-Type": "text/plain"})
