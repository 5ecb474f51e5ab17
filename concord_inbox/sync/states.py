"""States of an email, from the draft to the mail server and beyond; `received` is the one of those from elsewhere."""

#: Queued: it leaves by itself, unless it is taken back.
WAITING = ("scheduled", "outgoing")
#: Queued, or come back from there; not a draft (any more), and not known to have been sent.
OUTBOX = (*WAITING, "failed")
#: Not known to have been sent: what can still be changed. A queued or failed one becomes a draft by that.
UNSENT = ("draft", *OUTBOX)
#: What went out. Of a bounced email somebody's server has said since that he does not get it.
SENT = ("sent", "bounced")
#: What came or went, and so belongs to the correspondence with somebody.
EXCHANGED = ("received", *SENT)
