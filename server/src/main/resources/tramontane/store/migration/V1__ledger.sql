-- One row for each request. The same text for SQLite and PostgreSQL: docs/LEDGER.md describes the columns.
CREATE TABLE ledger (
    id                     TEXT NOT NULL PRIMARY KEY,
    began_ms               BIGINT NOT NULL,
    key_id                 TEXT NOT NULL,
    path                   TEXT NOT NULL,
    model                  TEXT,
    served_model           TEXT,
    model_sha256           TEXT,
    streamed               BOOLEAN,
    outcome                TEXT NOT NULL,
    http_status            INTEGER,
    error_type             TEXT,
    finish_reasons         TEXT,
    queue_ms               DOUBLE PRECISION,
    first_token_ms         DOUBLE PRECISION,
    total_ms               DOUBLE PRECISION NOT NULL,
    prompt_tokens          INTEGER,
    cached_tokens          INTEGER,
    completion_tokens      INTEGER,
    thinking_tokens        INTEGER,
    accepted_draft_tokens  INTEGER,
    rejected_draft_tokens  INTEGER,
    context_tokens         INTEGER,
    seed                   BIGINT,
    parameters             TEXT,
    request_sha256         TEXT,
    answer_sha256          TEXT
);

CREATE INDEX ledger_by_time ON ledger (began_ms);

-- Bodies, kept only with --ledger-text. SQLite takes the name of the type as it is.
CREATE TABLE ledger_text (
    id       TEXT NOT NULL PRIMARY KEY REFERENCES ledger (id) ON DELETE CASCADE,
    request  BYTEA NOT NULL,
    answer   BYTEA
);
