"""Gmail: whatever others do, and however often we die, each folder is known as it is."""

import os
import random
from contextlib import ExitStack

import hypothesis
import pytest
from hypothesis import strategies
from odoo.addons.concord_inbox.adapters.gmail.places import SENT, SPAM, TRASH, Place, keywords

from tests.adapters.gmail import Account, Follower, email

PATHS = {"INBOX": "INBOX", "Work": "Label_1", "Work/Deep": "Label_2", "Trash": TRASH, "Spam": SPAM, "All Mail": ""}
CHANGEABLE = ("INBOX", "Label_1", "Label_2", TRASH, SPAM, "UNREAD", "STARRED")


@pytest.fixture(scope="module")
def clocked(google):
    """For hypothesis, whose examples are all of one test."""
    from odoo.addons.concord_inbox.adapters.gmail import batching, changes, pacing

    from tests.adapters.gmail import Clock

    clock = Clock(google)
    with pytest.MonkeyPatch.context() as patch:
        for module in (batching, changes, pacing):
            patch.setattr(module, "time", clock)
        yield clock


@hypothesis.given(seed=strategies.integers(0, 2**32), labels=strategies.sampled_from(["then", "now", "none"]))
@hypothesis.settings(max_examples=500 if os.environ["CONCORD_THOROUGH"] else 4)
def test_folders_are_known_as_they_are(google, clocked, seed, labels):
    google.api.history_labels = labels
    google.api.page_size = 7
    dice = random.Random(seed)
    with ExitStack() as stack:
        account = Account(google, stack)
        box = account.box
        box.make_label("Work")
        box.make_label("Work/Deep")
        folders = {path: Follower(account, path) for path in (*PATHS, "Sent", "Drafts")}
        for number in range(60):
            _do_something(dice, box, number)
            if dice.random() < 0.15:
                adapter = account.adapter()
                for folder in dice.sample(list(folders.values()), dice.randint(1, 8)):
                    folder.look(adapter, pieces=dice.choice([None, None, 1]))
        adapter = account.adapter()
        for folder in folders.values():
            folder.look(adapter)
        for path, folder in folders.items():
            place = Place(PATHS.get(path, {"Sent": SENT, "Drafts": "DRAFT"}.get(path)))
            there = {one.id: keywords(one.labels) for one in box.messages.values() if place.holds(one.labels)}
            assert folder.copies == there, path
        assert not google.violations
        assert not account.quota.refusals
    google.api.page_size = 500
    google.api.history_labels = "then"


def _do_something(dice: random.Random, box, number: int) -> None:
    messages = list(box.messages.values())
    kind = dice.random()
    if kind < 0.4 or not messages:
        box.deliver(email(number), dice.sample(CHANGEABLE, dice.randint(0, 3)), received=box.now() + number)
    elif kind < 0.5:
        box.make_draft(email(number))
    elif kind < 0.55 and box.drafts:
        box.replace_draft(dice.choice(list(box.drafts)), email(number))
    elif kind < 0.6:
        box.send(email(number))
    elif kind < 0.7:
        box.remove(dice.choice(messages))
    elif kind < 0.73:
        box.forget_history()
    else:
        changed = dice.sample(CHANGEABLE, dice.randint(1, 3))
        split = dice.randint(0, len(changed))
        box.change(dice.choice(messages), changed[:split], changed[split:])
