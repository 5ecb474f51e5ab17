"""The test of both servers, step by step, against real ones."""

from contextlib import ExitStack
from dataclasses import replace

import pytest
from odoo.addons.concord_inbox.adapters import open_adapter
from odoo.addons.concord_inbox.adapters.base import Endpoint, Settings
from odoo.addons.concord_inbox.adapters.errors import AuthenticationError
from odoo.addons.concord_inbox.adapters.probe import STEPS, probe

from dev.ports import free_port
from tests.adapters.common import settings
from tests.servers.dovecot import Dovecot
from tests.servers.submission import Submission
from tests.servers.tcp import server_context
from tests.servers.tls import make_certificate


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    """Dovecot, and for sending a server for each encryption, all with a certificate for 127.0.0.1."""
    folder = tmp_path_factory.mktemp("certificates")
    certificate = make_certificate(folder)
    expired = make_certificate(folder, name="expired", expired=True)
    with ExitStack() as stack:
        # A folder of its own that nobody but root could enter would keep Dovecot from its certificate.
        imap = stack.enter_context(Dovecot(certificate=certificate))
        imap.add_user("anna", "secret")
        smtp = {
            "ssl": Submission({"anna": "secret"}, context=server_context(certificate)),
            "starttls": Submission({"anna": "secret"}, starttls=server_context(certificate)),
            "none": Submission({"anna": "secret"}),
            "expired": Submission({"anna": "secret"}, context=server_context(expired)),
        }
        for server in smtp.values():
            stack.enter_context(server)
        yield imap, smtp, certificate, expired


@pytest.fixture
def trusted(monkeypatch, servers):
    """The system trusts the authority of the servers' certificates."""
    monkeypatch.setenv("SSL_CERT_FILE", str(servers[2].authority))


def run(imap_port, imap_encryption, smtp_port, smtp_encryption, **changes):
    values = settings(imap_port, imap_encryption, outgoing=Endpoint("127.0.0.1", smtp_port, smtp_encryption), **changes)
    with open_adapter("imap", values) as adapter:
        return probe(adapter, values)


def states(report):
    return {step.name: step.state for step in report.steps}


def facts(report, name):
    return next(step.facts for step in report.steps if step.name == name)


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("encryption", STEPS)
def test_every_step_of_what_works_tells_what_was_found(servers, encryption):
    imap, smtp, certificate, _expired = servers
    port = imap.ports["imaps" if encryption == "ssl" else "imap"]
    found = run(port, encryption, smtp[encryption].port, encryption)
    assert not found.errors
    assert {folder.role for folder in found.folders} >= {"inbox", "trash"}
    for report in (found.incoming, found.outgoing):
        assert set(states(report).values()) == {"done"}
        assert facts(report, "connect") == {"address": "127.0.0.1", "port": report.endpoint.port}
        assert facts(report, "resolve") == {"addresses": ["127.0.0.1"]}
        assert facts(report, "greet")["server"]
        assert facts(report, "login")["user"] == "anna"
        if encryption != "none":
            told = facts(report, "encrypt")
            assert told["version"].startswith("TLSv1.")
            assert told["fingerprint"] == certificate.fingerprint
            assert told["names"] == "localhost, 127.0.0.1, ::1"
            assert told["issuer"] == "Concord Inbox test authority"
            assert told["expires"] > "2026"
    assert facts(found.incoming, "folders")["count"] == len([folder for folder in found.folders if folder.selectable])
    assert facts(found.outgoing, "login")["size_limit"] == 33554432
    assert not any(server.envelopes for server in smtp.values())


def test_each_server_fails_by_itself(servers):
    imap, smtp, _certificate, _expired = servers
    found = run(free_port(), "none", smtp["none"].port, "none")
    assert states(found.incoming) == {
        "resolve": "done",
        "connect": "failed",
        **dict.fromkeys(("greet", "login", "folders"), "not_reached"),
    }
    assert found.outgoing.error is None
    assert not found.folders
    found = run(imap.ports["imap"], "none", smtp["none"].port, "none", password="wrong")
    assert [error.reason for error in found.errors] == ["refused", "refused"]
    assert states(found.incoming)["login"] == states(found.outgoing)["login"] == "failed"
    assert states(found.incoming)["folders"] == "not_reached"
    assert "wrong" not in repr(found)


@pytest.mark.usefixtures("trusted")
def test_wrong_encryption_and_wrong_protocol(servers):
    imap, smtp, _certificate, _expired = servers
    found = run(imap.ports["imap"], "ssl", smtp["none"].port, "starttls")
    assert [error.reason for error in found.errors] == ["port_speaks_plain", "starttls_not_offered"]
    assert states(found.incoming)["encrypt"] == states(found.outgoing)["encrypt"] == "failed"
    assert states(found.outgoing)["greet"] == "done"
    found = run(imap.ports["imaps"], "none", imap.ports["imap"], "none")
    assert [error.reason for error in found.errors] == ["port_speaks_tls", "not_smtp"]
    assert states(found.incoming)["greet"] == states(found.outgoing)["greet"] == "failed"


@pytest.mark.usefixtures("trusted")
def test_a_certificate_that_is_not_trusted_is_described(servers):
    imap, smtp, _certificate, expired = servers
    found = run(imap.ports["imaps"], "ssl", smtp["expired"].port, "ssl")
    (error,) = found.errors
    assert (error.reason, error.details["fingerprint"]) == ("expired", expired.fingerprint)
    assert error.details["expires"] < "2026-11"
    assert states(found.outgoing)["encrypt"] == "failed"
    allowed = run(imap.ports["imaps"], "ssl", smtp["expired"].port, "ssl", allow_insecure_certificate=True)
    assert not allowed.errors
    assert facts(allowed.outgoing, "encrypt")["trusted"] is False


def test_an_address_that_may_not_be_dialled(servers):
    imap, smtp, _certificate, _expired = servers
    found = run(imap.ports["imap"], "none", smtp["none"].port, "none", allow_any_address=False)
    assert states(found.incoming)["connect"] == "failed"
    assert [error.reason for error in found.errors] == ["private_address"] * 2


def test_no_server_for_sending(servers):
    values = replace(settings(servers[0].ports["imap"]), outgoing=None)
    with open_adapter("imap", values) as adapter:
        found = probe(adapter, values)
    assert found.outgoing is None
    assert not found.errors


class Api:
    """A provider's side without servers that anybody dials."""

    def __init__(self, error=None):
        self.error = error

    def check_incoming(self, tell):
        tell("login", {"user": "anna@firm.example"})
        tell("folders", {"count": 0})
        return []

    def check_outgoing(self, tell):
        if self.error:
            raise self.error
        tell("login", {"user": "anna@firm.example"})


def test_an_account_that_signed_in():
    values = Settings("anna@firm.example", "anna@firm.example", tokens=object())
    found = probe(Api(), values)
    assert not found.errors
    assert states(found.incoming) == {"login": "done", "folders": "done"}
    assert states(found.outgoing) == {"login": "done"}
    found = probe(Api(AuthenticationError("signed_out", provider="Google")), values)
    assert states(found.outgoing) == {"login": "failed"}
    assert [error.reason for error in found.errors] == ["signed_out"]
