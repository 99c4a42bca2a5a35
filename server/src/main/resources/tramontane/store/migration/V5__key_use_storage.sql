-- How PostgreSQL stores the rows that every request changes. While someone's long transaction needs the old versions of
-- a row, a page with room keeps the new ones beside it and out of the index, and what is left behind is removed early.
-- SQLite, which has one version of a row, does nothing here.
${key_use_storage};
