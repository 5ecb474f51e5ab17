"""The public corpus, if set-up has fetched it."""

import pytest

from dev import corpus, paths


@pytest.fixture(scope="session")
def corpus_emails() -> list[tuple[str, bytes]]:
    """The 6,046 emails of the public corpus, each with a name."""
    if not paths.CORPUS.is_dir():
        pytest.skip("the public corpus is not there")
    return [
        (f"{group}/{number}", source) for group in corpus.groups() for number, source in enumerate(corpus.emails(group))
    ]
