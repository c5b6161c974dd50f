-- One row a key: {record} of the system {s}, known by {key}. Few keys stand more than once, so that only their rows are
-- grouped with all their values: names of any length can't be set aside on disk while they are grouped.

-- step: several
CREATE TABLE {s}.several_{record} AS
SELECT {key} FROM {s}.raw_{record} WHERE {key} IS NOT NULL GROUP BY {key} HAVING count(*) > 1;

-- step: merged
-- Exact duplicates fall together, and differing rows give their smallest values; an order is final where one row says so.
CREATE TABLE {s}.merged_{record} AS
SELECT {key}, {smallest}
FROM {s}.raw_{record} SEMI JOIN {s}.several_{record} USING ({key}) GROUP BY {key};

-- step: one
CREATE VIEW {s}.one_{record} AS
SELECT {key}, {columns}
FROM {s}.raw_{record} ANTI JOIN {s}.several_{record} USING ({key}) WHERE {key} IS NOT NULL
UNION ALL FROM {s}.merged_{record};
