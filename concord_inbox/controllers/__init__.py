from . import body, draft, notifications, oauth
