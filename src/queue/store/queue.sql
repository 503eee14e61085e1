-- processes that own jobs
CREATE TABLE runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    pid INTEGER NOT NULL,
    started TEXT NOT NULL,
    tag TEXT NOT NULL,
    begun_at INTEGER NOT NULL
);

CREATE TABLE jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    owner INTEGER,
    kind TEXT NOT NULL,
    rules TEXT NOT NULL,
    tree TEXT NOT NULL,
    from_key TEXT NOT NULL,
    from_site TEXT,
    to_key TEXT NOT NULL,
    to_site TEXT,
    target BLOB,
    rename_to INTEGER NOT NULL,
    priority INTEGER NOT NULL DEFAULT 0,
    held INTEGER NOT NULL DEFAULT 0,
    cancelled INTEGER NOT NULL DEFAULT 0,
    -- 1: its directories are being listed; 2: all items are known
    stage INTEGER NOT NULL DEFAULT 1,
    last_rank INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    start_at INTEGER,
    ended_at INTEGER
);
CREATE INDEX jobs_open ON jobs (priority DESC, id) WHERE ended_at IS NULL;

CREATE TABLE sources (
    job INTEGER NOT NULL,
    n INTEGER NOT NULL,
    path BLOB NOT NULL,
    kind TEXT,
    size INTEGER,
    PRIMARY KEY (job, n)
) WITHOUT ROWID;

-- a source directory, its target directory, and its name for display
CREATE TABLE places (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    job INTEGER NOT NULL,
    source BLOB NOT NULL,
    target BLOB,
    label TEXT NOT NULL,
    -- the range of the ids of its items
    first_item INTEGER NOT NULL,
    last_item INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX places_of ON places (job, source);

CREATE TABLE items (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    job INTEGER NOT NULL,
    -- 0 waiting, 1 held, 2 claimed, 3 failed, 4 skipped, 5 done, 6 cancelled
    state INTEGER NOT NULL,
    -- the section of the queue: 0 claimed, 1 waiting or held, 2 failed, 3 other final states
    class INTEGER NOT NULL,
    -- its position in that section; finished items count downwards, so that the newest comes first
    pos INTEGER NOT NULL,
    dir INTEGER NOT NULL,
    place INTEGER NOT NULL,
    name BLOB NOT NULL,
    -- only if they differ from the name
    target_name BLOB,
    label TEXT,
    size INTEGER,
    modified TEXT,
    replaces INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    not_before INTEGER,
    verdict TEXT,
    verified TEXT,
    via TEXT,
    passive TEXT,
    protected INTEGER,
    bytes INTEGER NOT NULL DEFAULT 0,
    elapsed INTEGER,
    reason TEXT,
    ended_at INTEGER
);
CREATE INDEX items_shown ON items (job, class, pos);
CREATE INDEX items_ready ON items (job, pos) WHERE state = 0;

-- counters, so that no query counts rows: maintained by triggers, and for new items, which are added
-- in large numbers, once per batch
CREATE TABLE totals (
    job INTEGER NOT NULL,
    state INTEGER NOT NULL,
    items INTEGER NOT NULL,
    sizes INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (job, state)
) WITHOUT ROWID;
CREATE TABLE buckets (
    job INTEGER NOT NULL,
    class INTEGER NOT NULL,
    bucket INTEGER NOT NULL,
    items INTEGER NOT NULL,
    PRIMARY KEY (job, class, bucket)
) WITHOUT ROWID;

CREATE TRIGGER items_out AFTER DELETE ON items BEGIN
    UPDATE totals SET items = items - 1, sizes = sizes - ifnull(old.size, 0),
        bytes = bytes - old.bytes WHERE job = old.job AND state = old.state;
    UPDATE buckets SET items = items - 1
        WHERE job = old.job AND class = old.class AND bucket = old.pos >> 10;
END;
CREATE TRIGGER items_moved AFTER UPDATE OF job, class, pos ON items
WHEN old.class <> new.class OR old.pos >> 10 <> new.pos >> 10 OR old.job <> new.job BEGIN
    UPDATE buckets SET items = items - 1
        WHERE job = old.job AND class = old.class AND bucket = old.pos >> 10;
    INSERT INTO buckets VALUES (new.job, new.class, new.pos >> 10, 1)
    ON CONFLICT DO UPDATE SET items = items + 1;
END;
CREATE TRIGGER items_changed AFTER UPDATE OF job, state, size, bytes ON items
WHEN old.state <> new.state OR old.size IS NOT new.size OR old.bytes <> new.bytes
    OR old.job <> new.job BEGIN
    UPDATE totals SET items = items - 1, sizes = sizes - ifnull(old.size, 0),
        bytes = bytes - old.bytes WHERE job = old.job AND state = old.state;
    INSERT INTO totals VALUES (new.job, new.state, 1, ifnull(new.size, 0), new.bytes)
    ON CONFLICT DO UPDATE SET items = items + 1, sizes = sizes + excluded.sizes,
        bytes = bytes + excluded.bytes;
END;
