"""What the panel's counters are made of; kept by the database, for emails are changed in many places and in sets.

`sync/counters.py` says how they are read. The triggers see whole statements: a thousand emails marked as read are one
row for each of their folders.
"""

from odoo import fields, models

from ..sync import counters


class InboxFolderCount(models.Model):
    _name = "inbox.folder.count"
    _description = "Change of a Folder's Counters"
    _rec_name = "folder_id"
    _log_access = False  # a narrow table, and nobody's to read

    folder_id = fields.Many2one("inbox.folder", required=True, index=True, ondelete="cascade", readonly=True)
    unread = fields.Integer(required=True, default=0, readonly=True)
    total = fields.Integer(required=True, default=0, readonly=True)

    def init(self):
        # When the tables of all models are there.
        self.env.registry.post_init(self._make_triggers)

    def _make_triggers(self):
        # The plans of these statements are kept, and the first one may have been of one email or of all of them.
        self.env.cr.execute(
            """
            CREATE OR REPLACE FUNCTION inbox_folder_count() RETURNS trigger LANGUAGE plpgsql
                SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off AS $$
            BEGIN
                IF TG_OP = 'INSERT' THEN
                    INSERT INTO inbox_folder_count (folder_id, unread, total)
                    SELECT folder_id, count(*) FILTER (WHERE NOT is_read), count(*) FROM added GROUP BY folder_id;
                    -- Who marks one of these emails at this moment does not see the new rows, and must try again: an
                    -- email that is older than this transaction is written, so that the database notices.
                    UPDATE inbox_message SET is_read = is_read
                     WHERE id IN (SELECT message_id FROM added)
                       AND xmin::text::int8
                           < (pg_snapshot_xmax(pg_current_snapshot())::text::numeric % 4294967296)::int8;
                ELSIF TG_OP = 'DELETE' THEN
                    -- A folder that is being deleted takes its emails along, and has no counters any more.
                    INSERT INTO inbox_folder_count (folder_id, unread, total)
                    SELECT folder_id, -count(*) FILTER (WHERE NOT is_read), -count(*) FROM removed
                     WHERE EXISTS (SELECT FROM inbox_folder WHERE id = folder_id) GROUP BY folder_id;
                ELSE
                    INSERT INTO inbox_folder_count (folder_id, unread, total)
                    SELECT folder_id, sum(unread), sum(total)
                      FROM (SELECT folder_id, (NOT is_read)::int AS unread, 1 AS total FROM added
                      UNION ALL SELECT folder_id, -(NOT is_read)::int, -1 FROM removed) changed
                  GROUP BY folder_id HAVING sum(unread) <> 0 OR sum(total) <> 0;
                END IF;
                RETURN NULL;
            END $$;
            CREATE OR REPLACE TRIGGER inbox_folder_count_added AFTER INSERT ON inbox_message_folder_rel
                REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION inbox_folder_count();
            CREATE OR REPLACE TRIGGER inbox_folder_count_removed AFTER DELETE ON inbox_message_folder_rel
                REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION inbox_folder_count();
            CREATE OR REPLACE TRIGGER inbox_folder_count_changed AFTER UPDATE ON inbox_message_folder_rel
                REFERENCING NEW TABLE AS added OLD TABLE AS removed
                FOR EACH STATEMENT EXECUTE FUNCTION inbox_folder_count();
            """
        )
        counters.mend(self.env)
