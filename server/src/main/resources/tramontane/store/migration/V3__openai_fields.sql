-- Keys whose requests may have OpenAI's fields. The same text for SQLite and PostgreSQL.
ALTER TABLE api_key ADD COLUMN openai_fields INTEGER NOT NULL DEFAULT 0;
