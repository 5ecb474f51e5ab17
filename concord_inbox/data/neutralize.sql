-- A copy of a database must not act in the name of its users: it fetches and sends nothing.
UPDATE inbox_account SET state = 'paused' WHERE state = 'connected';
UPDATE inbox_account SET password_encrypted = NULL, lease_token = NULL, lease_until = NULL;
UPDATE ir_cron SET active = false
 WHERE id IN (SELECT res_id FROM ir_model_data WHERE module = 'concord_inbox' AND model = 'ir.cron');
