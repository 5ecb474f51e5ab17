"""From an email address to proposed server settings: what a person would otherwise have to look up.

`known()` answers at once from the shipped table of providers; `search()` asks the network for a few seconds at most,
and `Searches` keeps that out of the way of whoever waits. Nothing here ever sees a password.
"""

from .address import Mailbox, parse_address
from .background import LIMITED, PENDING, Searches
from .proposal import Proposal
from .providers import known
from .searching import search
from .usual_names import guess
