from . import attached, body, draft, files, notifications, oauth, original, printed
