"""States of an email that was written here, from the draft to the mail server; the others are `received`, `sent` and
`bounced`."""

#: Queued: it leaves by itself, unless it is taken back.
WAITING = ("scheduled", "outgoing")
#: Queued, or come back from there; not a draft (any more), and not known to have been sent.
OUTBOX = (*WAITING, "failed")
#: Not known to have been sent: what can still be changed. A queued or failed one becomes a draft by that.
UNSENT = ("draft", *OUTBOX)
