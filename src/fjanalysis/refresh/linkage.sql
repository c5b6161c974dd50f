-- Persons known in two systems of a nation become one: {s} is the older system, {t} the one that stays.

-- step: links
INSERT INTO links
WITH older AS (
  SELECT person_id, sex, birth_week, link_key, count(*) OVER (PARTITION BY link_key) AS holders
  FROM {s}.persons
),
newer AS (
  SELECT person_id, sex, birth_week, link_key, count(*) OVER (PARTITION BY link_key) AS holders
  FROM {t}.persons
),
-- The linkage field joins two persons where nobody else of a system holds it and nothing contradicts.
by_field AS (
  SELECT older.person_id AS old_id, newer.person_id AS new_id
  FROM older JOIN newer ON older.link_key = newer.link_key
  WHERE older.holders = 1 AND newer.holders = 1
    AND (older.sex = newer.sex OR 'unknown' IN (older.sex, newer.sex))
    AND coalesce(abs(older.birth_week - newer.birth_week) <= 31, true)
),
-- An id that was carried over joins them where sex and birth week are known and the same.
by_id AS (
  SELECT older.person_id AS old_id, newer.person_id AS new_id
  FROM older JOIN newer ON substr(older.person_id, 2) = substr(newer.person_id, 2)
  WHERE older.sex = newer.sex AND older.sex <> 'unknown' AND older.birth_week = newer.birth_week
    AND coalesce(older.link_key = newer.link_key, true)
),
together AS (SELECT * FROM by_field UNION SELECT * FROM by_id)
SELECT old_id, new_id FROM together
QUALIFY count(*) OVER (PARTITION BY old_id) = 1 AND count(*) OVER (PARTITION BY new_id) = 1;

-- step: quality
INSERT INTO quality
SELECT '{nation}', 'linked', 'systems: {s} to {t}', year, count(old_id), count(*)
FROM {s}.persons JOIN {s}.person_years USING (person_id)
LEFT JOIN links ON links.old_id = persons.person_id GROUP BY year;
