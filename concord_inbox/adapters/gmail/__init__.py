"""Gmail's API (REST, v1) behind `base.Adapter`.

`client` speaks HTTP, `faults` reads what went wrong, `pacing` keeps under the quota, `batching` puts many calls into
one request. Labels are folders: `places` says what lies in one, `labels` lists and changes them. Reading: `history` is
the account's, asked for once a session; `messages` brings emails and what is known of them; `changes` makes of both
what happened in one folder. Changing: `writing` for labels and deletion, `storing` for new messages and drafts,
`sending` for what goes out. `subscribing` has Gmail tell of new email, `push` reads what it tells.
"""

from .adapter import GmailAdapter
from .subscribing import GmailSubscriber

__all__ = ["GmailAdapter", "GmailSubscriber"]
