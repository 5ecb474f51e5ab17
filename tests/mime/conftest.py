"""The public corpus and the test messages of other projects, as far as set-up has fetched them."""

import pytest

from dev import corpora, corpus, paths


@pytest.fixture(scope="session")
def corpus_emails() -> list[tuple[str, bytes]]:
    """The 6,046 emails of the public corpus, each with a name."""
    if not paths.CORPUS.is_dir():
        pytest.skip("the public corpus is not there")
    return [
        (f"{group}/{number}", source) for group in corpus.groups() for number, source in enumerate(corpus.emails(group))
    ]


@pytest.fixture(scope="session")
def foreign_emails() -> list[tuple[str, bytes]]:
    """The messages that other projects test their parsers with, each with a name."""
    found = list(corpora.emails())
    if not found:
        pytest.skip("no test messages of other projects are there: set-up says why")
    return found
