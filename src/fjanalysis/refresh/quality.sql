-- Data quality of one system's records: each step gives measure, group, financial year (null: not
-- known), numerator and denominator (null: a count). {s} is the system.

-- step: years in parts of {s}.applications
CREATE TABLE {s}.case_years AS
SELECT
  case_key, year(coalesce(min(issue_date), min(received_date)) - INTERVAL 3 MONTH) AS year,
  min(issue_date) AS first_issue
FROM (FROM {s}.cases WHERE {part:case_key}) AS own
LEFT JOIN (FROM {s}.applications WHERE {part:case_key}) AS made USING (case_key) GROUP BY case_key;

-- step: person years in parts of {s}.roles
CREATE TABLE {s}.person_years AS
SELECT person_key, min(year) AS year FROM {s}.roles JOIN {s}.case_years USING (case_key)
WHERE {part:person_key} GROUP BY person_key;

-- step: cases in parts of {s}.hearings
INSERT INTO quality
WITH years AS (FROM {s}.case_years WHERE {part:case_key}),
rows AS (SELECT * FROM (FROM {s}.cases WHERE {part:case_key}) AS own JOIN years USING (case_key)),
first_hearings AS (SELECT DISTINCT case_key, true AS heard FROM {s}.hearings WHERE {part:case_key})
SELECT '{nation}', measure, field, year, numerator, denominator FROM (
  SELECT 'records' AS measure, 'system: {s}; table: cases' AS field, year, count(*) AS numerator, NULL AS denominator FROM rows GROUP BY year
  UNION ALL SELECT 'missing', 'field: local authority', year, count(*) FILTER (local_authority IS NULL), count(*) FROM rows GROUP BY year
  UNION ALL SELECT 'missing', 'field: court', year, count(*) FILTER (court IS NULL), count(*) FROM rows GROUP BY year
  UNION ALL SELECT 'missing', 'field: DFJ area', year, count(*) FILTER (dfj_area IS NULL), count(*) FROM rows GROUP BY year
  UNION ALL SELECT 'missing', 'field: closing date', year, count(*) FILTER (closed_date IS NULL), count(*) FROM rows GROUP BY year
  UNION ALL SELECT 'missing', 'field: hearing', year, count(*) FILTER (heard IS NULL), count(*) FROM rows LEFT JOIN first_hearings USING (case_key) GROUP BY year
  UNION ALL SELECT 'mended', 'field: closing date', year, count(*) FILTER (closed_mended), NULL FROM rows GROUP BY year
);

-- step: applications in parts of {s}.roles
INSERT INTO quality
WITH years AS (FROM {s}.case_years WHERE {part:case_key}),
rows AS (SELECT * FROM (FROM {s}.applications WHERE {part:case_key}) AS own JOIN years USING (case_key)),
with_roles AS (SELECT DISTINCT application_key, true AS named FROM {s}.roles WHERE {part:case_key})
SELECT '{nation}', measure, field, year, numerator, denominator FROM (
  SELECT 'records' AS measure, 'system: {s}; table: applications' AS field, year, count(*) AS numerator, NULL AS denominator FROM rows GROUP BY year
  UNION ALL SELECT 'missing', 'field: issue date', year, count(*) FILTER (issue_date IS NULL), count(*) FROM rows GROUP BY year
  UNION ALL SELECT 'missing', 'field: persons on the application', year, count(*) FILTER (named IS NULL), count(*) FROM rows LEFT JOIN with_roles USING (application_key) GROUP BY year
  UNION ALL SELECT 'mended', 'field: issue date', year, count(*) FILTER (issue_mended), NULL FROM rows GROUP BY year
  UNION ALL SELECT 'mended', 'field: completion before issue', year, count(*) FILTER (completion_mended), NULL FROM rows GROUP BY year
);

-- step: persons in parts of {s}.persons
INSERT INTO quality
WITH years AS (FROM {s}.person_years WHERE {part:person_key}),
rows AS (SELECT * FROM (FROM {s}.persons WHERE {part:person_key}) AS own JOIN years USING (person_key))
SELECT '{nation}', measure, field, year, numerator, denominator FROM (
  SELECT 'records' AS measure, 'system: {s}; table: persons' AS field, year, count(*) AS numerator, NULL AS denominator FROM rows GROUP BY year
  UNION ALL SELECT 'missing', 'field: sex', year, count(*) FILTER (sex = 'unknown'), count(*) FROM rows GROUP BY year
  UNION ALL SELECT 'missing', 'field: birth week', year, count(*) FILTER (birth_week IS NULL), count(*) FROM rows GROUP BY year
  UNION ALL SELECT 'missing', 'field: ethnicity', year, count(*) FILTER (ethnicity = 'unknown'), count(*) FROM rows GROUP BY year
  UNION ALL SELECT 'missing', 'field: deprivation', year, count(*) FILTER (deprivation_quintile IS NULL), count(*) FROM rows GROUP BY year
  UNION ALL SELECT 'mended', 'field: birth week', year, count(*) FILTER (birth_week_mended), NULL FROM rows GROUP BY year
  UNION ALL SELECT 'mended', 'field: impossible birth week', year, count(*) FILTER (birth_week_impossible), NULL FROM rows GROUP BY year
  UNION ALL SELECT 'mended', 'field: conflicting ethnicity', year, count(*) FILTER (ethnicity_conflict), NULL FROM rows GROUP BY year
);

-- step: roles in parts of {s}.roles
INSERT INTO quality
WITH years AS (FROM {s}.case_years WHERE {part:case_key}),
rows AS (SELECT * FROM (FROM {s}.roles WHERE {part:case_key}) AS own JOIN years USING (case_key))
SELECT '{nation}', measure, field, year, numerator, denominator FROM (
  SELECT 'records' AS measure, 'system: {s}; table: roles' AS field, year, count(*) AS numerator, NULL AS denominator FROM rows GROUP BY year
  UNION ALL SELECT 'mended', 'field: several roles', year, count(*) FILTER (several_roles), NULL FROM rows GROUP BY year
  UNION ALL SELECT 'mended', 'field: duplicate roles', year, sum(repeats)::BIGINT, NULL FROM rows GROUP BY year
);

-- step: parents in parts of {s}.relationships
INSERT INTO quality
WITH parents AS (
  SELECT
    person_key, count(*) FILTER (related_sex = 1) AS mothers, count(*) FILTER (related_sex = 2) AS fathers
  FROM {s}.relationships WHERE relationship = 'parent' AND {part:person_key} GROUP BY person_key
),
years AS (FROM {s}.person_years WHERE {part:person_key}),
dated AS (SELECT * FROM parents JOIN years USING (person_key))
SELECT '{nation}', 'mended', 'field: two mothers', year, count(*) FILTER (mothers > 1), NULL
FROM dated GROUP BY year HAVING count(*) FILTER (mothers > 0) > 0
UNION ALL SELECT '{nation}', 'mended', 'field: two fathers', year, count(*) FILTER (fathers > 1), NULL
FROM dated GROUP BY year HAVING count(*) FILTER (fathers > 0) > 0;

-- step: orders and hearings in parts of {s}.orders
INSERT INTO quality
WITH years AS (FROM {s}.case_years WHERE {part:case_key}),
made AS (SELECT * FROM (FROM {s}.orders WHERE {part:case_key}) AS own JOIN years USING (case_key)),
held AS (SELECT * FROM (FROM {s}.hearings WHERE {part:case_key}) AS own JOIN years USING (case_key))
SELECT '{nation}', measure, field, year, numerator, NULL FROM (
  SELECT 'records' AS measure, 'system: {s}; table: orders' AS field, year, count(*) AS numerator FROM made GROUP BY year
  UNION ALL SELECT 'records', 'system: {s}; table: hearings', year, count(*) FROM held GROUP BY year
  UNION ALL SELECT 'kept', 'field: orders before the first application', year, count(*) FILTER (order_date < first_issue) FROM made GROUP BY year
  UNION ALL SELECT 'kept', 'field: hearings before the first application', year, count(*) FILTER (hearing_date < first_issue) FROM held GROUP BY year
);

-- Rows whose link leads nowhere, and of how many rows that have one; links by a key of the record are in links.sql.

-- step: links of cases
INSERT INTO lost
SELECT '{nation}', 'link: cases to local authorities', '', count(*) FILTER (name IS NULL), count(*)
FROM {s}.raw_cases LEFT JOIN (SELECT DISTINCT name FROM {s}.authority_names) ON authority = name
WHERE authority IS NOT NULL;

-- step: links of courts
INSERT INTO lost
SELECT '{nation}', 'link: courts to DFJ areas', '', count(DISTINCT court) FILTER (name IS NULL), count(DISTINCT court)
FROM {s}.raw_cases LEFT JOIN {s}.dfj_names ON dfj = name WHERE court IS NOT NULL;

-- step: links of relationships to persons
-- What is known of two persons says of how many rows it was made; of oneself nothing is kept, but the link leads somewhere.
INSERT INTO lost
WITH given AS (SELECT count(*) AS rows FROM {s}.raw_relationships),
kept AS (SELECT coalesce(sum(rows), 0) AS rows FROM {s}.relationships),
oneself AS (
  SELECT count(*) AS rows FROM {s}.raw_relationships AS raw
  SEMI JOIN {s}.persons AS known ON known.person_key = raw.person_key WHERE raw.person_key = raw.related_key
)
SELECT
  '{nation}', 'link: relationships to persons', 'field: relationships to nobody',
  given.rows - kept.rows - oneself.rows, given.rows
FROM given, kept, oneself;

-- step: links of orders to subjects in parts of {s}.raw_orders
INSERT INTO lost
SELECT '{nation}', 'link: orders to subjects', 'field: orders of no subject', count(*) FILTER (own.case_key IS NULL), count(*)
FROM (
  SELECT DISTINCT order_key, case_key, person_key FROM {s}.raw_orders
  WHERE order_type <> '-' AND person_key IS NOT NULL AND {part:case_key}
) AS raw
LEFT JOIN (FROM {s}.subjects WHERE {part:case_key}) AS own
  ON own.case_key = raw.case_key AND own.person_key = raw.person_key;

-- step: links of orders to applications
INSERT INTO lost
SELECT '{nation}', 'link: orders to applications', 'field: orders without application', count(*) FILTER (application_key IS NULL), count(*)
FROM {s}.orders WHERE NOT case_level;

-- step: left out
INSERT INTO quality
SELECT '{nation}', 'mended', field, NULL, numerator, NULL FROM (
  SELECT 'field: orders before April 2010' AS field, count(*) AS numerator FROM {s}.raw_orders WHERE order_type <> '-' AND order_date < DATE '2010-04-01'
  UNION ALL SELECT 'field: orders after the refresh', count(*) FROM {s}.raw_orders WHERE order_type <> '-' AND order_date > DATE '{refresh}'
  UNION ALL SELECT 'field: orders without date', count(*) FROM {s}.raw_orders WHERE order_type <> '-' AND order_date IS NULL
  UNION ALL SELECT 'field: impossible hearing date', count(*) FROM {s}.raw_hearings WHERE hearing_date NOT BETWEEN DATE '1990-01-01' AND DATE '{refresh}'
  UNION ALL SELECT 'field: hearings without date', count(*) FROM {s}.raw_hearings WHERE hearing_date IS NULL
  UNION ALL SELECT 'field: court spelling', count(*) FROM {s}.raw_cases AS raw JOIN {s}.court_names AS names ON raw.court = names.name WHERE names.name <> names.court
  UNION ALL SELECT 'field: cases without law type', count(DISTINCT case_key) - (SELECT count(*) FROM {s}.cases) FROM {s}.raw_cases
  UNION ALL SELECT 'field: relationships to oneself', count(*) FROM {s}.raw_relationships WHERE person_key = related_key
);
