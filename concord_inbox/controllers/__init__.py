from . import body
