-- A copy of a database must not act in the name of its users: it fetches and sends nothing.
UPDATE inbox_account SET state = 'paused', pause_reason = 'neutralized' WHERE state IN ('connected', 'auth_failed');
UPDATE inbox_account SET password_encrypted = NULL, lease_token = NULL, lease_until = NULL;
DELETE FROM inbox_account_token;
DELETE FROM inbox_sign_in;
-- Providers tell the original, at its address.
DELETE FROM inbox_subscription;
DELETE FROM ir_config_parameter WHERE key IN ('concord_inbox.notify_google', 'concord_inbox.notify_microsoft');
UPDATE inbox_provider_client SET client_secret_encrypted = NULL;
UPDATE ir_cron SET active = false
 WHERE id IN (SELECT res_id FROM ir_model_data WHERE module = 'concord_inbox' AND model = 'ir.cron');
-- What the original is about to send, the copy must not send as well, should somebody connect its accounts.
UPDATE inbox_message SET state = 'failed', sending_since = NULL, send_again_at = NULL, send_error = NULL
 WHERE state IN ('scheduled', 'outgoing');
