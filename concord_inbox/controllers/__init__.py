from . import attached, body, draft, files, oauth, original, printed
