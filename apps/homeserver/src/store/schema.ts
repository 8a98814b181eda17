/** The tables. `pos` columns count in one stream (`sequence`), which `/sync` tokens refer to. */
export const schema = `
CREATE TABLE IF NOT EXISTS sequence (id INTEGER PRIMARY KEY CHECK (id = 1), position INTEGER NOT NULL);
INSERT OR IGNORE INTO sequence VALUES (1, 0);

CREATE TABLE IF NOT EXISTS accounts (
  user_id TEXT PRIMARY KEY, password TEXT, is_guest INTEGER NOT NULL, is_deactivated INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL, last_seen_at INTEGER NOT NULL,
  display_name TEXT, avatar_url TEXT, keys_pos INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS accounts_unused ON accounts (is_guest, is_deactivated, last_seen_at);
CREATE INDEX IF NOT EXISTS accounts_keys ON accounts (keys_pos);
CREATE TABLE IF NOT EXISTS devices (
  user_id TEXT NOT NULL, device_id TEXT NOT NULL, display_name TEXT, last_seen_at INTEGER NOT NULL, last_seen_ip TEXT,
  device_keys TEXT, claimed_pos INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (user_id, device_id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS access_tokens (token_hash TEXT PRIMARY KEY, user_id TEXT NOT NULL, device_id TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS access_tokens_device ON access_tokens (user_id, device_id);
CREATE TABLE IF NOT EXISTS refresh_tokens (
  token_hash TEXT PRIMARY KEY, user_id TEXT NOT NULL, device_id TEXT NOT NULL, access_hash TEXT NOT NULL UNIQUE,
  access_expires_at INTEGER NOT NULL, is_used INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS refresh_tokens_device ON refresh_tokens (user_id, device_id);
CREATE TABLE IF NOT EXISTS login_tokens (token_hash TEXT PRIMARY KEY, user_id TEXT NOT NULL, expires_at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS openid_tokens (token_hash TEXT PRIMARY KEY, user_id TEXT NOT NULL, expires_at INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS one_time_keys (
  id INTEGER PRIMARY KEY, user_id TEXT NOT NULL, device_id TEXT NOT NULL, algorithm TEXT NOT NULL, key_id TEXT NOT NULL,
  key TEXT, UNIQUE (user_id, device_id, algorithm, key_id)
);
CREATE INDEX IF NOT EXISTS one_time_keys_unused ON one_time_keys (user_id, device_id, algorithm, id) WHERE key IS NOT NULL;
CREATE TABLE IF NOT EXISTS fallback_keys (
  user_id TEXT NOT NULL, device_id TEXT NOT NULL, algorithm TEXT NOT NULL, key_id TEXT NOT NULL, key TEXT NOT NULL,
  is_used INTEGER NOT NULL, PRIMARY KEY (user_id, device_id, algorithm)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS cross_signing_keys (
  user_id TEXT NOT NULL, usage TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY (user_id, usage)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS key_signatures (
  signer TEXT NOT NULL, user_id TEXT NOT NULL, key_id TEXT NOT NULL, signatures TEXT NOT NULL,
  PRIMARY KEY (user_id, key_id, signer)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS to_device (
  id INTEGER PRIMARY KEY, user_id TEXT NOT NULL, device_id TEXT NOT NULL, pos INTEGER NOT NULL,
  sender TEXT NOT NULL, type TEXT NOT NULL, content TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS to_device_queue ON to_device (user_id, device_id, pos, id);
CREATE TABLE IF NOT EXISTS transactions (
  user_id TEXT NOT NULL, device_id TEXT NOT NULL, scope TEXT NOT NULL, txn_id TEXT NOT NULL, answer TEXT NOT NULL,
  created_at INTEGER NOT NULL, PRIMARY KEY (user_id, device_id, scope, txn_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS transactions_age ON transactions (created_at);

CREATE TABLE IF NOT EXISTS rooms (
  room_id TEXT PRIMARY KEY, version TEXT NOT NULL, is_public INTEGER NOT NULL, last_pos INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS aliases (alias TEXT PRIMARY KEY, room_id TEXT NOT NULL, creator TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS aliases_room ON aliases (room_id);
CREATE TABLE IF NOT EXISTS events (
  pos INTEGER PRIMARY KEY, event_id TEXT NOT NULL UNIQUE, room_id TEXT NOT NULL, type TEXT NOT NULL, state_key TEXT,
  sender TEXT NOT NULL, origin_ts INTEGER NOT NULL, content TEXT NOT NULL, prev_pos INTEGER,
  redacts TEXT, redacted_by TEXT, sticky_ms INTEGER, sticky_until INTEGER, rel_type TEXT, rel_to TEXT,
  device_id TEXT, txn_id TEXT, delay_id TEXT
);
CREATE INDEX IF NOT EXISTS events_room ON events (room_id, pos);
CREATE INDEX IF NOT EXISTS events_state ON events (room_id, type, state_key, pos) WHERE state_key IS NOT NULL;
CREATE INDEX IF NOT EXISTS events_room_state ON events (room_id, pos) WHERE state_key IS NOT NULL;
CREATE INDEX IF NOT EXISTS events_relation ON events (room_id, rel_to, pos) WHERE rel_to IS NOT NULL;
CREATE INDEX IF NOT EXISTS events_sticky ON events (room_id, pos, sticky_until) WHERE sticky_until IS NOT NULL;
CREATE TABLE IF NOT EXISTS state (
  room_id TEXT NOT NULL, type TEXT NOT NULL, state_key TEXT NOT NULL, pos INTEGER NOT NULL,
  PRIMARY KEY (room_id, type, state_key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS members (
  room_id TEXT NOT NULL, user_id TEXT NOT NULL, membership TEXT NOT NULL, pos INTEGER NOT NULL,
  is_forgotten INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (room_id, user_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS members_changed ON members (room_id, pos);
CREATE INDEX IF NOT EXISTS members_user ON members (user_id, membership);

CREATE TABLE IF NOT EXISTS delayed_events (
  delay_id TEXT PRIMARY KEY, user_id TEXT NOT NULL, device_id TEXT NOT NULL, room_id TEXT NOT NULL, type TEXT NOT NULL,
  state_key TEXT, txn_id TEXT, content TEXT NOT NULL, sticky_ms INTEGER, delay_ms INTEGER NOT NULL,
  scheduled_at INTEGER NOT NULL, due_at INTEGER NOT NULL, finalised_at INTEGER, event_id TEXT, error TEXT
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS delayed_due ON delayed_events (due_at) WHERE finalised_at IS NULL;
CREATE INDEX IF NOT EXISTS delayed_user ON delayed_events (user_id, finalised_at, scheduled_at);
CREATE INDEX IF NOT EXISTS delayed_state ON delayed_events (room_id, type, state_key) WHERE finalised_at IS NULL;

CREATE TABLE IF NOT EXISTS account_data (
  user_id TEXT NOT NULL, room_id TEXT NOT NULL, type TEXT NOT NULL, content TEXT NOT NULL, pos INTEGER NOT NULL,
  PRIMARY KEY (user_id, room_id, type)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS account_data_pos ON account_data (user_id, pos);
CREATE TABLE IF NOT EXISTS filters (
  user_id TEXT NOT NULL, filter_id TEXT NOT NULL, filter TEXT NOT NULL, PRIMARY KEY (user_id, filter_id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS receipts (
  room_id TEXT NOT NULL, user_id TEXT NOT NULL, type TEXT NOT NULL, thread_id TEXT NOT NULL, event_id TEXT NOT NULL,
  at INTEGER NOT NULL, pos INTEGER NOT NULL, PRIMARY KEY (room_id, user_id, type, thread_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS receipts_pos ON receipts (room_id, pos);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
`;
