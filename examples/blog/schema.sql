CREATE TABLE IF NOT EXISTS posts (
    id        INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice, so that id and revision name one text for ever
    slug      TEXT NOT NULL UNIQUE,
    source    TEXT UNIQUE,                       -- the `path` of the file that it was loaded from
    title     TEXT NOT NULL,
    summary   TEXT NOT NULL,
    body      TEXT NOT NULL,
    category  TEXT NOT NULL,
    authors   TEXT NOT NULL,                     -- JSON arrays
    tags      TEXT NOT NULL,
    published TEXT NOT NULL,                     -- YYYY-MM-DD
    draft     INTEGER NOT NULL,
    revision  INTEGER NOT NULL DEFAULT 1
) STRICT;

CREATE INDEX IF NOT EXISTS posts_by_date ON posts (published DESC, id DESC);
CREATE INDEX IF NOT EXISTS posts_by_category ON posts (category, published DESC, id DESC);

-- What readers may see.
CREATE VIEW IF NOT EXISTS live AS SELECT * FROM posts WHERE NOT draft;

CREATE TABLE IF NOT EXISTS users (
    id        INTEGER PRIMARY KEY,
    name      TEXT NOT NULL UNIQUE,
    full_name TEXT NOT NULL,
    is_author INTEGER NOT NULL
) STRICT;

INSERT OR IGNORE INTO users VALUES
    (1, 'mara',  'Mara Lindqvist', 1),
    (2, 'tomas', 'Tomás Ferreira', 1),
    (3, 'ines',  'Inês Okafor',    1),
    (4, 'robin', 'Robin Vale',     0);

CREATE TABLE IF NOT EXISTS sessions (
    token   TEXT PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users (id),
    expires INTEGER NOT NULL                     -- seconds since 1970
) STRICT;

-- What the editor tells a user on the next page.
CREATE TABLE IF NOT EXISTS messages (
    user_id INTEGER PRIMARY KEY REFERENCES users (id),
    text    TEXT NOT NULL,
    slug    TEXT,
    tags    TEXT NOT NULL
) STRICT;
