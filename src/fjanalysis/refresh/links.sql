-- Rows whose link leads nowhere, and of how many rows that have one: {record} of the system {s} to {others}, by {key}.
-- Rows that {kept} does not hold of are no rows of the record.

-- step: links in parts of {s}.raw_{record}
INSERT INTO lost
SELECT
  '{nation}', 'link: {record} to {others}', 'field: {record} without {other}',
  count(*) FILTER (own.{key} IS NULL), count(*)
FROM {s}.raw_{record} AS raw
LEFT JOIN (SELECT {key} FROM {s}.{others} WHERE {part:{key}}) AS own ON own.{key} = raw.{key}
WHERE {part:raw.{key}} AND {kept};
