"""The demo's users really write to each other."""

import smtplib
import ssl
from email.message import EmailMessage

import pytest

from dev import mail_smtp
from dev.ports import free_port
from tests.servers.dovecot import Dovecot

# It does not see the TLS of the connection that it serves.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")

HANNA, TOMAS, ELSEWHERE = "hanna@northlight.example", "tomas@northlight.example", "elsewhere@northlight.example"


@pytest.fixture(scope="module")
def mail():
    """(Dovecot, port for STARTTLS, port for TLS, trusting context)"""
    with Dovecot() as dovecot:
        users = {HANNA, TOMAS, ELSEWHERE}
        for user in users:
            dovecot.add_user(user, "secret")
        delivery = mail_smtp.Delivery((dovecot.host, dovecot.ports["lmtp"]), users, ELSEWHERE)
        starttls, tls = free_port(), free_port()
        certificate = dovecot.certificate
        servers = mail_smtp.servers(
            dovecot.host,
            starttls,
            tls,
            certificate.certificate,
            certificate.key,
            delivery,
            mail_smtp.Login(users, "secret"),
        )
        for server in servers:
            server.start()
        yield dovecot, starttls, tls, ssl.create_default_context(cafile=certificate.authority)
        for server in servers:
            server.stop()


def message(sender: str, to: str, subject: str) -> EmailMessage:
    email = EmailMessage()
    email["From"], email["To"], email["Subject"] = sender, to, subject
    email["Message-ID"] = f"<{subject}@northlight.example>"
    email.set_content("Grüße aus Göteborg\n.\nmit einem Punkt allein\n")
    return email


def subjects(dovecot: Dovecot, user: str) -> list[str]:
    with dovecot.client(user) as client:
        client.select_folder("INBOX", readonly=True)
        found = client.fetch(client.search(), ["ENVELOPE"])
    return [row[b"ENVELOPE"].subject.decode() for row in found.values()]


def test_mail_arrives_over_starttls(mail):
    dovecot, starttls, _tls, context = mail
    with smtplib.SMTP("localhost", starttls) as smtp:
        smtp.starttls(context=context)
        smtp.login(HANNA, "secret")
        smtp.send_message(message(HANNA, TOMAS, "starttls"))
    assert "starttls" in subjects(dovecot, TOMAS)


def test_mail_arrives_over_tls_and_strangers_share_a_mailbox(mail):
    dovecot, _starttls, tls, context = mail
    with smtplib.SMTP_SSL("localhost", tls, context=context) as smtp:
        smtp.login(TOMAS, "secret")
        smtp.send_message(message(TOMAS, f"{HANNA}, elin@aurora-hotels.example, a@b.example", "tls"))
    assert subjects(dovecot, HANNA).count("tls") == 1
    assert subjects(dovecot, ELSEWHERE).count("tls") == 1


def test_content_arrives_byte_for_byte(mail):
    dovecot, _starttls, tls, context = mail
    sent = message(HANNA, TOMAS, "bytes").as_bytes().replace(b"\n", b"\r\n")
    with smtplib.SMTP_SSL("localhost", tls, context=context) as smtp:
        smtp.login(HANNA, "secret")
        smtp.sendmail(HANNA, [TOMAS], sent)
    with dovecot.client(TOMAS) as client:
        client.select_folder("INBOX", readonly=True)
        [found] = client.fetch(client.search(["SUBJECT", "bytes"]), ["BODY.PEEK[]"]).values()
    assert found[b"BODY[]"].endswith(sent)


def test_nobody_sends_without_login_or_without_tls(mail):
    _dovecot, starttls, tls, context = mail
    with smtplib.SMTP_SSL("localhost", tls, context=context) as smtp, pytest.raises(smtplib.SMTPException):
        smtp.send_message(message(HANNA, TOMAS, "no login"))
    with smtplib.SMTP("localhost", starttls) as smtp, pytest.raises(smtplib.SMTPException):
        smtp.login(HANNA, "secret")


def test_a_wrong_password_and_a_foreign_sender_are_refused(mail):
    _dovecot, _starttls, tls, context = mail
    with smtplib.SMTP_SSL("localhost", tls, context=context) as smtp:
        with pytest.raises(smtplib.SMTPAuthenticationError):
            smtp.login(HANNA, "wrong")
        smtp.login(HANNA, "secret")
        with pytest.raises(smtplib.SMTPSenderRefused):
            smtp.send_message(message(TOMAS, HANNA, "not mine"))
