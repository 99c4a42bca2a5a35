-- Limits that hold across the servers (gateways) of one PostgreSQL database; docs/KEYS.md describes them. The same text
-- for SQLite, which serves one process and does not use these tables. Times are microseconds since 1970 of the
-- database's clock, so that the clocks of the gateways do not matter.

-- Every running gateway renews its lease. One whose lease has ended counts as dead.
CREATE TABLE key_gateway (
    id        TEXT NOT NULL PRIMARY KEY,
    until_us  BIGINT NOT NULL
);

-- The use of a key: requests and tokens of the minute as of at_us, refilled since then at the rate of the limit; tokens of
-- the month (year * 100 + month); requests that are being answered.
CREATE TABLE key_use (
    key_id        TEXT NOT NULL PRIMARY KEY,
    requests      DOUBLE PRECISION NOT NULL,
    tokens        DOUBLE PRECISION NOT NULL,
    at_us         BIGINT NOT NULL,
    month         INTEGER NOT NULL,
    month_tokens  BIGINT NOT NULL,
    running       BIGINT NOT NULL
);

-- One row for each answer that runs, deleted when it is settled: that makes a settlement take effect once. A reservation
-- of a dead gateway is freed: it counts its prompt and no place among the running answers. month is 0 if no month's
-- limit counts it.
CREATE TABLE key_reservation (
    id          TEXT NOT NULL PRIMARY KEY,
    gateway_id  TEXT NOT NULL,
    key_id      TEXT NOT NULL,
    prompt      BIGINT NOT NULL,
    tokens      BIGINT NOT NULL,
    places      INTEGER NOT NULL,
    month       INTEGER NOT NULL,
    began_us    BIGINT NOT NULL,
    freed       INTEGER NOT NULL
);

CREATE INDEX key_reservation_by_gateway ON key_reservation (gateway_id);

-- What was used of the month before this version.
INSERT INTO key_use (key_id, requests, tokens, at_us, month, month_tokens, running)
    SELECT key_id, 0, 0, 0, month, tokens, 0 FROM key_month
    WHERE month = (SELECT max(latest.month) FROM key_month latest WHERE latest.key_id = key_month.key_id);
