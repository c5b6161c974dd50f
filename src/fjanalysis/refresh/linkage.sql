-- Persons known in two systems of a nation become one: {s} is the older system with ids of letter {l}, {t} the one
-- that stays with ids of letter {k}.

-- step: links
INSERT INTO links
-- The linkage field joins two persons where nobody else of a system holds it and nothing contradicts.
WITH older AS (
  SELECT
    link_key, any_value(person_key) AS person_key, any_value(sex) AS sex, any_value(birth_week) AS birth_week
  FROM {s}.persons WHERE link_key IS NOT NULL GROUP BY link_key HAVING count(*) = 1
),
newer AS (
  SELECT
    link_key, any_value(person_key) AS person_key, any_value(sex) AS sex, any_value(birth_week) AS birth_week
  FROM {t}.persons WHERE link_key IS NOT NULL GROUP BY link_key HAVING count(*) = 1
),
by_field AS (
  SELECT older.person_key AS old_key, newer.person_key AS new_key
  FROM older JOIN newer ON older.link_key = newer.link_key
  WHERE (older.sex = newer.sex OR 'unknown' IN (older.sex, newer.sex))
    AND coalesce(abs(older.birth_week - newer.birth_week) <= 31, true)
),
-- An id that was carried over joins them where sex and birth week are known and the same.
by_id AS (
  SELECT older.person_key AS old_key, newer.person_key AS new_key
  FROM {s}.persons AS older JOIN {t}.persons AS newer
    ON older.person_key::VARCHAR = newer.person_key::VARCHAR
    AND older.sex = newer.sex AND older.birth_week = newer.birth_week
  WHERE older.sex <> 'unknown' AND coalesce(older.link_key = newer.link_key, true)
),
together AS (SELECT * FROM by_field UNION SELECT * FROM by_id)
SELECT '{s}', '{l}' || old_key, '{k}' || new_key FROM together
QUALIFY count(*) OVER (PARTITION BY old_key) = 1 AND count(*) OVER (PARTITION BY new_key) = 1;

-- step: quality
INSERT INTO quality
SELECT '{nation}', 'linked', 'systems: {s} to {t}', year, count(old_id), count(*)
FROM {s}.persons JOIN {s}.person_years USING (person_key)
LEFT JOIN (SELECT * FROM links WHERE starts_with(new_id, '{k}')) AS links ON links.old_id = '{l}' || persons.person_key
GROUP BY year;
