-- Which file encoded the images of a request. The same text for SQLite and PostgreSQL: docs/LEDGER.md describes the columns.
ALTER TABLE ledger ADD COLUMN images INTEGER;
ALTER TABLE ledger ADD COLUMN encoder_sha256 TEXT;
