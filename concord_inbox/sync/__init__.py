"""Merges what an adapter reports with what the database holds.

The only place that knows both. `engine.run()` is the way in; it calls `folders`, `pull` and `store`, and each of those
one or two of the smaller modules beside them.
"""
