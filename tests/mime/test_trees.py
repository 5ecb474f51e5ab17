"""Whole emails made at random: what was put in is found; and of the broken ones nothing is lost.

A few with every run; 20,000 of each with `--thorough`.
"""

from collections import Counter

import lxml.html
from hypothesis import given, settings
from odoo.addons.concord_inbox import mime
from odoo.addons.concord_inbox.mime.bounds import Budget

from .test_corpus import check
from .test_sanitize import events
from .trees import Tree, trees

_ACTIVE = "//script|//iframe|//object|//embed|//form|//meta|//base|//link|//svg|//math|//@*[starts-with(name(), 'on')]"


def many(test):
    """Few examples, or 20,000."""
    thorough = settings.get_current_profile_name() == "thorough"
    return settings(max_examples=20_000 if thorough else 150, deadline=None)(test)


def letters(text: str) -> str:
    """Without blanks, signs and what cannot be seen."""
    return "".join(filter(str.isalnum, text))


def check_all(source: bytes) -> mime.ParsedMessage:
    """What holds for whatever is read."""
    message = mime.parse(source)
    check(source, message)
    assert mime.parse(source) == message
    # Neither does it depend on the time that is left, as long as there is some.
    assert mime.parse(source, Budget(1, lambda: 0.0)) == message
    if message.html:
        events(message.html)
        assert lxml.html.fromstring(f"<div>{message.html}</div>").xpath(_ACTIVE) == []
    # The snippet's letters stand in the text, in this order.
    rest = iter(letters(message.text))
    assert all(letter in rest for letter in letters(message.snippet)), (message.snippet, message.text)
    return message


@many
@given(trees())
def test_what_was_put_in_is_found(tree: Tree):
    message = check_all(tree.source)
    assert message.subject == " ".join(tree.subject.split())
    assert {one.email for one in message.addresses if one.role == "to"} == tree.people
    [sender] = [one for one in message.addresses if one.role == "from"]
    assert (sender.name, sender.email) == (tree.sender, "anna@example.org")
    place = 0
    for text in tree.texts:
        found = message.text.find(text, place)
        assert found >= 0, (text, message.text)
        place = found + len(text)
    page = " ".join(lxml.html.fromstring(f"<div>{message.html}</div>").text_content().split())
    assert all(" ".join(text.split()) in page for text in tree.pages)
    assert not any(text.split()[0] in message.text for text in tree.hidden)
    found = Counter((one.name, one.content) for one in message.attachments)
    assert found == Counter(tree.files)
    assert not message.is_cut


@many
@given(trees(broken=True))
def test_of_what_is_broken_nothing_is_lost(tree: Tree):
    message = check_all(tree.source)
    everything = "\n".join(
        [message.text, message.html, *(f"{one.name}\n{one.content.decode('latin-1')}" for one in message.attachments)]
    )
    for mark in tree.marks:
        assert mark in everything, mark
