-- Persons known in two systems of a nation become one: {s} is the older system, {t} the one that stays.
-- {text} makes their keys comparable where only one system has numbers.

-- step: pairs by field in parts of {t}.persons
CREATE TABLE {s}.pairs AS
-- The linkage field joins two persons where nobody else of a system holds it and nothing contradicts.
WITH older AS (FROM {s}.persons WHERE link_key IS NOT NULL AND {part:link_key}),
newer AS (FROM {t}.persons WHERE link_key IS NOT NULL AND {part:link_key}),
alone AS (
  SELECT link_key FROM older GROUP BY link_key HAVING count(*) = 1
  INTERSECT SELECT link_key FROM newer GROUP BY link_key HAVING count(*) = 1
)
SELECT older.person_key AS old_key, newer.person_key AS new_key
FROM alone
JOIN older ON older.link_key = alone.link_key
JOIN newer ON newer.link_key = alone.link_key
WHERE (older.sex = newer.sex OR 'unknown' IN (older.sex, newer.sex))
  AND coalesce(abs(older.birth_week - newer.birth_week) <= 31, true);

-- step: pairs by id in parts of {t}.persons
INSERT INTO {s}.pairs
-- An id that was carried over joins them where sex and birth week are known and the same.
WITH older AS (
  FROM {s}.persons WHERE sex <> 'unknown' AND birth_week IS NOT NULL AND {part:person_key{text}}
),
newer AS (FROM {t}.persons WHERE birth_week IS NOT NULL AND {part:person_key{text}})
SELECT older.person_key, newer.person_key
FROM older JOIN newer
  ON older.person_key{text} = newer.person_key{text}
  AND older.sex = newer.sex AND older.birth_week = newer.birth_week
WHERE coalesce(older.link_key = newer.link_key, true);

-- step: links
CREATE TABLE {s}.joined_{t} AS
WITH together AS (SELECT DISTINCT old_key, new_key FROM {s}.pairs)
SELECT old_key, new_key FROM together
QUALIFY count(*) OVER (PARTITION BY old_key) = 1 AND count(*) OVER (PARTITION BY new_key) = 1;

-- step: links are made
DROP TABLE {s}.pairs;

-- step: quality in parts of {s}.persons
INSERT INTO quality
SELECT '{nation}', 'linked', 'systems: {s} to {t}', year, count(old_key), count(*)
FROM (FROM {s}.person_years WHERE {part:person_key}) AS persons
LEFT JOIN {s}.joined_{t} AS joined ON joined.old_key = persons.person_key
GROUP BY year;
