from . import body, draft
