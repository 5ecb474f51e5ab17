"""A domain that publishes where its mail servers are: a name server and a web server, found by this process."""

import contextlib
import os
import tempfile
import unittest.mock
from collections.abc import Iterator

from .https import Answer, Https
from .names import NameServer, zone
from .tcp import server_context
from .tls import Certificate, make_certificate


@contextlib.contextmanager
def publishing(
    documents: dict[str, Answer], *hosts: str, domain: str = "firm.example", certificate: Certificate | None = None
) -> Iterator[Https]:
    """Serve `documents` over HTTPS, on a port of this process's own in place of 443.

    :param hosts: names in the domain that lead to this machine, besides those of the documents.
    :param certificate: good for the names of the documents; its authority is trusted. None: one is made.
    """
    from odoo.addons.concord_inbox.adapters.discovery import documents as reading
    from odoo.addons.concord_inbox.adapters.discovery import searching

    with contextlib.ExitStack() as stack:
        if not certificate:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            certificate = make_certificate(folder, [domain, f"*.{domain}"])
        trusted = {"SSL_CERT_FILE": str(certificate.authority)}
        stack.enter_context(unittest.mock.patch.dict(os.environ, trusted))
        web = stack.enter_context(Https(server_context(certificate), documents))
        stack.enter_context(unittest.mock.patch.object(reading, "HTTPS_PORT", web.port))
        # A busy machine must not decide what is found.
        stack.enter_context(unittest.mock.patch.object(reading, "LIFETIME", 30.0))
        stack.enter_context(unittest.mock.patch.object(searching, "LIFETIME", 60.0))
        named = {url.partition("/")[0].removesuffix(domain).rstrip(".") for url in documents}
        names = stack.enter_context(NameServer(zone(domain, *hosts, *named)))
        stack.enter_context(names.installed())
        yield web
