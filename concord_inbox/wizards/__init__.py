from . import inbox_window  # isort: skip (the others inherit from it)
from . import (
    base_partner_merge,
    inbox_account_delete,
    inbox_account_hand_over,
    inbox_folder_delete,
    inbox_folder_edit,
    inbox_folder_empty,
    inbox_move,
)
