"""What is taken out of other projects' archives, and what happens when they cannot be had."""

import io
import tarfile

import pytest

from dev import corpora, paths, steps

EMAIL = b"From: a@b.example\nSubject: One\n\nHello\n"


@pytest.fixture
def folders(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "CORPORA", tmp_path / "corpora")
    monkeypatch.setattr(paths, "STAMPS", tmp_path / "stamps")
    monkeypatch.setattr(corpora, "PYTHON", {"mails": ("1.0", "")})
    monkeypatch.setattr(corpora, "DEBIAN", ())
    monkeypatch.setattr(corpora, "DEBIAN_SOURCES", ())
    return tmp_path


def archive(path, files):
    with tarfile.open(path, "w:gz") as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(f"mails-1.0/{name}")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return path


def test_emails_are_told_from_other_files(folders, monkeypatch):
    files = {
        "tests/one.eml": EMAIL,
        "tests/box": b"From a Mon Mar  4 09:30:00 2024\n" + EMAIL + b"\nFrom b Mon Mar  4 09:31:00 2024\n" + EMAIL * 1,
        "tests/single": b"From a Mon Mar  4 09:30:00 2024\n" + EMAIL,
        "tests/test_it.py": EMAIL,
        "README.txt": b"Mails\n=====\nFrom: here\n",
        "debian/control": b"Source: mails\nSubject: no email\n\n",
    }
    monkeypatch.setattr(corpora, "_python", lambda name: archive(folders / "mails-1.0.tar.gz", files))
    corpora.ensure()
    assert dict(corpora.emails()) == {
        "mails/tests_box": EMAIL,
        "mails/tests_box.1": EMAIL,
        "mails/tests_one.eml": EMAIL,
        "mails/tests_single": EMAIL,
    }
    # Once is enough.
    monkeypatch.setattr(corpora, "_python", None)
    corpora.ensure()


def test_what_cannot_be_had_is_said(folders, monkeypatch):
    def fail(name):
        raise steps.SetupError("no network")

    said = []
    monkeypatch.setattr(corpora, "_python", fail)
    monkeypatch.setattr(steps, "say", said.append)
    corpora.ensure()
    assert said[-1] == "Tests run without the messages of mails: no network"
    assert list(corpora.emails()) == []
