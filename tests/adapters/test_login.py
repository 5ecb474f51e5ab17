"""Logging in: mechanisms, odd passwords, and what servers say against it."""

import base64
import time

import pytest
from odoo.addons.concord_inbox.adapters import open_adapter
from odoo.addons.concord_inbox.adapters.errors import (
    AuthenticationError,
    EncryptionError,
    InvalidInputError,
    NetworkError,
    ProtocolError,
    TemporaryError,
    ThrottledError,
)

from tests.adapters.common import settings
from tests.servers.dovecot import Dovecot
from tests.servers.proxy import Proxy
from tests.servers.scripted import ScriptedImap
from tests.servers.tcp import server_context
from tests.servers.tls import make_certificate

PASSWORDS = ["secret", 'with "quotes" and \\', "pässwörd €", "日本語", " spaces ", "{5}", "a" * 300, "%()*]"]


def log_in(server, **changes):
    with open_adapter("imap", settings(server.port, **changes)) as adapter:
        return adapter.check_incoming()


@pytest.mark.parametrize("shape", ["full", "bare"])
@pytest.mark.parametrize("password", PASSWORDS)
def test_passwords(dovecots, shape, password):
    server = dovecots(shape)
    user = f"{abs(hash(password))}@example.com"
    server.add_user(user, password)
    with open_adapter("imap", settings(server.ports["imap"], user=user, password=password)) as adapter:
        assert adapter.check_incoming()[0].role == "inbox"


@pytest.mark.parametrize("literal_plus", [False, True])
@pytest.mark.parametrize("password", PASSWORDS)
def test_login_where_plain_is_not_offered(password, literal_plus):
    received = []

    def login(command):
        received.append(command)
        return ""

    with ScriptedImap({"LOGIN": login}, capabilities="IMAP4rev1" + " LITERAL+" * literal_plus) as server:
        log_in(server, password=password)
    quoted = password.replace("\\", "\\\\").replace('"', '\\"')
    said = received[0].removeprefix('LOGIN "anna" ')
    assert said == f'"{quoted}"' if password.isascii() else said.endswith("}" + password)


def test_user_names_beyond_ascii(dovecot):
    dovecot.add_user("zoë@example.com", "secret")
    with open_adapter("imap", settings(dovecot.ports["imap"], user="zoë@example.com")) as adapter:
        assert adapter.check_incoming()


def test_wrong_password(dovecot):
    dovecot.add_user("anna@example.com", "secret")
    wrong = settings(dovecot.ports["imap"], user="anna@example.com", password="wrong")
    with open_adapter("imap", wrong) as adapter, pytest.raises(AuthenticationError) as caught:
        adapter.check_incoming()
    assert (caught.value.reason, caught.value.field) == ("refused", "password")
    assert "wrong" not in str(caught.value)
    assert "wrong" not in repr(caught.value.__cause__)
    assert "wrong" not in repr(wrong)


@pytest.mark.parametrize("field", ["username", "password"])
@pytest.mark.parametrize("character", ["\r", "\n", "\0"])
def test_control_characters_never_leave(field, character):
    with ScriptedImap() as server, pytest.raises(InvalidInputError) as caught:
        log_in(server, user=f"a{character}b") if field == "username" else log_in(server, password=f"a{character}b")
    assert caught.value.field == field
    assert not any(command.startswith(("LOGIN", "AUTH")) for command in server.commands)


REFUSALS = [
    ("[AUTHENTICATIONFAILED] Authentication failed.", AuthenticationError, "refused"),
    ("LOGIN failed.", AuthenticationError, "refused"),
    ("[AUTHORIZATIONFAILED] not you", AuthenticationError, "refused"),
    ("[EXPIRED] password expired", AuthenticationError, "expired"),
    ("[CONTACTADMIN] ask somebody", AuthenticationError, "account_disabled"),
    ("Your account has been suspended", AuthenticationError, "account_disabled"),
    ("[ALERT] Application-specific password required: see the help", AuthenticationError, "app_password_needed"),
    ("[AUTHENTICATIONFAILED] Please use an app password", AuthenticationError, "app_password_needed"),
    ("[PRIVACYREQUIRED] TLS first", EncryptionError, "login_disabled"),
    ("[UNAVAILABLE] Temporary authentication failure.", TemporaryError, "unavailable"),
    ("[INUSE] mailbox is locked", TemporaryError, "in_use"),
    ("[LIMIT] Maximum number of connections from user+IP exceeded", TemporaryError, "over_limit"),
    ("Too many simultaneous connections", TemporaryError, "over_limit"),
    ("Server busy, try again later", TemporaryError, "unavailable"),
    ("[SERVERBUG] Internal error occurred.", TemporaryError, "unavailable"),
    ("[AUTHENTICATIONFAILED] Too many login failures", ThrottledError, "throttled"),
    ("Request is throttled. Suggested Backoff Time: 5 seconds", ThrottledError, "throttled"),
    ("[OVERQUOTA] Account exceeded command or bandwidth limits.", ThrottledError, "throttled"),
]


@pytest.mark.parametrize(("text", "kind", "reason"), REFUSALS)
def test_refusals(text, kind, reason):
    with ScriptedImap({"AUTHENTICATE": "{tag} NO " + text, "LOGIN": "{tag} NO " + text}) as server:
        with pytest.raises(kind) as caught:
            log_in(server)
    assert type(caught.value) is kind
    assert caught.value.reason == reason
    attempts = sum(command.startswith(("AUTHENTICATE", "LOGIN ")) for command in server.commands)
    assert attempts == (2 if kind is AuthenticationError else 1)


def test_refused_once_is_not_refused():
    answers = iter(["{tag} NO [AUTHENTICATIONFAILED] no", ""])
    with ScriptedImap({"AUTHENTICATE": lambda _: next(answers), "LOGIN": lambda _: next(answers)}) as server:
        log_in(server)


def test_the_second_attempt_tries_the_other_way():
    with ScriptedImap({"AUTHENTICATE": "{tag} NO [AUTHENTICATIONFAILED] broken PLAIN"}) as server:
        log_in(server)
        assert any(command == 'LOGIN "anna" "secret"' for command in server.commands)


def test_plain_that_is_offered_but_unknown():
    with ScriptedImap({"AUTHENTICATE": "{tag} BAD unknown command"}) as server:
        log_in(server)
        assert sum(command.startswith(("AUTHENTICATE", "LOGIN ")) for command in server.commands) == 2


@pytest.mark.parametrize(
    ("greeting", "asked"),
    [
        ("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] hello [1]", 0),
        ("* OK [CAPABILITY IMAP4rev1] hello", 1),
        ("* OK hello", 1),
    ],
)
def test_a_greeting_that_tells_saves_asking(greeting, asked):
    with ScriptedImap(greeting=greeting, after_login="IMAP4rev1 NAMESPACE") as server:
        log_in(server)
    # Once more after the login, which may change them.
    assert server.commands.count("CAPABILITY") == asked + 1
    assert "NAMESPACE" in server.commands


def test_starttls_that_the_greeting_forgot(tmp_path):
    context = server_context(make_certificate(tmp_path))
    greeting = "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hello"
    with ScriptedImap(greeting=greeting, starttls=context) as server:
        log_in(server, encryption="starttls", allow_insecure_certificate=True)
    assert "STARTTLS" in server.commands


def test_without_initial_response_the_server_is_waited_for():
    sent = []

    class Waiting(ScriptedImap):
        def serve(self, connection):
            lines = connection.makefile("rb")
            connection.sendall(b"* OK hi\r\n")
            while line := lines.readline():
                tag, _, command = line.decode().strip().partition(" ")
                if command == "CAPABILITY":
                    connection.sendall(f"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n{tag} OK done\r\n".encode())
                elif command == "AUTHENTICATE PLAIN":
                    connection.sendall(b"* OK wait\r\n+ \r\n")
                    sent.append(base64.b64decode(lines.readline()))
                    connection.sendall(f"{tag} OK [CAPABILITY IMAP4rev1] in\r\n".encode())
                else:
                    connection.sendall(f"{tag} OK done\r\n".encode())

    with Waiting() as server:
        log_in(server)
    assert sent == [b"\0anna\0secret"]


def test_the_servers_words_can_be_stored():
    with ScriptedImap({"LIST": b"{tag} NO [UNAVAILABLE] \xff\0 \x1b[31m" + b"x" * 5000}) as server:
        with pytest.raises(TemporaryError) as caught:
            log_in(server)
    text = caught.value.details["server_text"]
    assert text.isprintable()
    assert len(text) <= 500


def test_no_way_in_common():
    with ScriptedImap(capabilities="IMAP4rev1 LOGINDISABLED AUTH=GSSAPI") as server:
        with pytest.raises(EncryptionError) as caught:
            log_in(server)
    assert (caught.value.reason, caught.value.field) == ("login_disabled", "imap_encryption")


def test_password_is_not_sent_where_tls_is_wanted_first():
    with Dovecot(plain_auth=False) as server, Proxy(server.ports["imap"], source="127.0.0.2") as proxy:
        server.add_user("anna", "secret")
        with pytest.raises(EncryptionError) as caught:
            log_in_at(proxy.port)
        assert (caught.value.reason, caught.value.field) == ("login_disabled", "imap_encryption")
        assert log_in_at(proxy.port, encryption="starttls", allow_insecure_certificate=True)


def log_in_at(port, **changes):
    with open_adapter("imap", settings(port, **changes)) as adapter:
        return adapter.check_incoming()


def test_capabilities_may_change_with_the_login():
    with ScriptedImap(
        after_login="IMAP4rev1 NAMESPACE", capabilities="IMAP4rev1 AUTH=PLAIN SASL-IR LIST-STATUS"
    ) as server:
        log_in(server)
        assert any(command.startswith("NAMESPACE") for command in server.commands)
        assert not any("STATUS" in command for command in server.commands)


@pytest.mark.parametrize(
    ("greeting", "kind", "reason"),
    [
        ("* BYE too many connections", TemporaryError, "over_limit"),
        ("* BYE we are closed", TemporaryError, "bye"),
        ("+OK POP3 ready", ProtocolError, "not_imap"),
        ("220 mail.example.com ESMTP", ProtocolError, "not_imap"),
        ("HTTP/1.1 400 Bad Request", ProtocolError, "not_imap"),
    ],
)
def test_greetings(greeting, kind, reason):
    with ScriptedImap(greeting=greeting) as server, pytest.raises(kind) as caught:
        log_in(server)
    assert caught.value.reason == reason
    if kind is ProtocolError:
        assert caught.value.field == "imap_port"


def test_bye_instead_of_an_answer():
    with (
        ScriptedImap({"LIST": "* BYE server shutting down\r\n{tag} BAD"}) as server,
        pytest.raises(TemporaryError) as caught,
    ):
        log_in(server)
    assert caught.value.reason == "bye"


@pytest.mark.parametrize("command", ["CAPABILITY", "AUTHENTICATE", "LIST"])
def test_hanging_up(command):
    with ScriptedImap({command: None}) as server, pytest.raises(NetworkError) as caught:
        log_in(server)
    assert caught.value.reason == "cut"


@pytest.mark.parametrize("answer", ["garbage", "* LIST ((((\r\n* 1 FETCH (\r\n*\r\n", "* LIST {99999999999}\r\n"])
def test_nonsense_is_an_error_and_not_an_accident(answer):
    with ScriptedImap({"LIST": answer}) as server, pytest.raises((ProtocolError, NetworkError)):
        log_in(server)


def test_silence_ends_with_the_timeout():
    with ScriptedImap({"LIST": lambda _command: time.sleep(3)}) as server, pytest.raises(NetworkError) as caught:
        log_in(server, timeout=0.5)
    assert caught.value.reason == "timeout"


def test_after_an_error_the_adapter_connects_again():
    answers = iter([None, ""])
    with ScriptedImap({"LIST": lambda _command: next(answers)}) as server:
        with open_adapter("imap", settings(server.port)) as adapter:
            with pytest.raises(NetworkError):
                adapter.folders()
            assert adapter.folders() == []
