-- A session stands on its user's sign-in epoch alone. Those that the other epoch had ended before must not come back.

DELETE FROM sessions WHERE NOT EXISTS
    (SELECT 1 FROM users WHERE users.id = sessions.user_id AND users.epoch = sessions.user_epoch);
ALTER TABLE sessions DROP COLUMN user_epoch;
