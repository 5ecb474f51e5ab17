from . import inbox_move
