-- API keys and their use. The same text for SQLite and PostgreSQL; docs/KEYS.md describes it. Times are milliseconds
-- since 1970. A key's text is not stored, only its SHA-256.
CREATE TABLE api_key (
    id                   TEXT NOT NULL PRIMARY KEY,
    name                 TEXT NOT NULL,
    sha256               TEXT NOT NULL,
    previous_sha256      TEXT,
    previous_until_ms    BIGINT,
    created_ms           BIGINT NOT NULL,
    expires_ms           BIGINT,
    revoked_ms           BIGINT,
    last_used_ms         BIGINT,
    models               TEXT NOT NULL,
    admin                INTEGER NOT NULL,
    requests_per_minute  BIGINT,
    tokens_per_minute    BIGINT,
    tokens_per_month     BIGINT,
    concurrent           BIGINT
);

-- A name may be used again once its key is revoked.
CREATE UNIQUE INDEX api_key_by_name ON api_key (name) WHERE revoked_ms IS NULL;

CREATE UNIQUE INDEX api_key_by_sum ON api_key (sha256);

-- One row. Every change of a key raises the version, so a running server sees a change by reading one number.
CREATE TABLE api_key_version (
    version  BIGINT NOT NULL
);

INSERT INTO api_key_version (version) VALUES (0);

-- Tokens reserved or used by each key in a calendar month of UTC; month is year * 100 + month.
CREATE TABLE key_month (
    key_id  TEXT NOT NULL,
    month   INTEGER NOT NULL,
    tokens  BIGINT NOT NULL,
    PRIMARY KEY (key_id, month)
);
