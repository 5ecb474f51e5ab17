from . import body, draft, oauth
