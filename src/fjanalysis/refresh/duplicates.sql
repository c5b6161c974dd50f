-- Rows of a record that share a key: {record} of the system {s}, known by {key}.

-- step: duplicates
INSERT INTO quality
WITH shared AS (
  SELECT count(*) AS rows, count(DISTINCT hash(raw)) AS kinds
  FROM {s}.raw_{record} AS raw SEMI JOIN {s}.several_{record} USING ({key}) GROUP BY raw.{key}
)
SELECT '{nation}', 'mended', field, NULL, coalesce(numerator, 0)::BIGINT, NULL FROM (
  SELECT 'field: duplicate {record}' AS field, sum(rows - kinds) AS numerator FROM shared
  UNION ALL SELECT 'field: differing {record} of one key', sum(kinds - 1) FROM shared
  UNION ALL SELECT 'field: {record} without a key', count(*) FROM {s}.raw_{record} WHERE {key} IS NULL
);
