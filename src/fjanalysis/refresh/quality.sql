-- Data quality of one system's records: each step gives measure, field, financial year (null: not
-- known), numerator and denominator (null: a count). {s} is the system.

-- step: years
CREATE TABLE {s}.case_years AS
SELECT
  case_id, year(coalesce(min(issue_date), any_value(received_date)) - INTERVAL 3 MONTH) AS year
FROM {s}.cases LEFT JOIN {s}.applications USING (case_id) GROUP BY case_id;

-- step: person years
CREATE TABLE {s}.person_years AS
SELECT person_id, min(year) AS year FROM {s}.roles JOIN {s}.case_years USING (case_id) GROUP BY person_id;

-- step: cases
INSERT INTO quality
WITH rows AS (SELECT * FROM {s}.cases JOIN {s}.case_years USING (case_id)),
first_hearings AS (SELECT DISTINCT case_id, true AS heard FROM {s}.hearings)
SELECT '{nation}', measure, field, year, numerator, denominator FROM (
  SELECT 'records' AS measure, 'table: cases' AS field, year, count(*) AS numerator, NULL AS denominator FROM rows GROUP BY year
  UNION ALL SELECT 'missing', 'field: local authority', year, count(*) FILTER (local_authority IS NULL), count(*) FROM rows GROUP BY year
  UNION ALL SELECT 'missing', 'field: court', year, count(*) FILTER (court IS NULL), count(*) FROM rows GROUP BY year
  UNION ALL SELECT 'missing', 'field: DFJ area', year, count(*) FILTER (dfj_area IS NULL), count(*) FROM rows GROUP BY year
  UNION ALL SELECT 'missing', 'field: closing date', year, count(*) FILTER (closed_date IS NULL), count(*) FROM rows GROUP BY year
  UNION ALL SELECT 'missing', 'field: hearing', year, count(*) FILTER (heard IS NULL), count(*) FROM rows LEFT JOIN first_hearings USING (case_id) GROUP BY year
  UNION ALL SELECT 'mended', 'field: closing date', year, count(*) FILTER (closed_mended), NULL FROM rows GROUP BY year
);

-- step: applications
INSERT INTO quality
WITH rows AS (SELECT * FROM {s}.applications JOIN {s}.case_years USING (case_id)),
with_roles AS (SELECT DISTINCT application_id, true AS named FROM {s}.roles)
SELECT '{nation}', measure, field, year, numerator, denominator FROM (
  SELECT 'records' AS measure, 'table: applications' AS field, year, count(*) AS numerator, NULL AS denominator FROM rows GROUP BY year
  UNION ALL SELECT 'missing', 'field: issue date', year, count(*) FILTER (issue_date IS NULL), count(*) FROM rows GROUP BY year
  UNION ALL SELECT 'missing', 'field: persons on the application', year, count(*) FILTER (named IS NULL), count(*) FROM rows LEFT JOIN with_roles USING (application_id) GROUP BY year
  UNION ALL SELECT 'mended', 'field: issue date', year, count(*) FILTER (issue_mended), NULL FROM rows GROUP BY year
);

-- step: persons
INSERT INTO quality
WITH rows AS (SELECT * FROM {s}.persons JOIN {s}.person_years USING (person_id))
SELECT '{nation}', measure, field, year, numerator, denominator FROM (
  SELECT 'records' AS measure, 'table: persons' AS field, year, count(*) AS numerator, NULL AS denominator FROM rows GROUP BY year
  UNION ALL SELECT 'missing', 'field: sex', year, count(*) FILTER (sex = 'unknown'), count(*) FROM rows GROUP BY year
  UNION ALL SELECT 'missing', 'field: birth week', year, count(*) FILTER (birth_week IS NULL), count(*) FROM rows GROUP BY year
  UNION ALL SELECT 'missing', 'field: ethnicity', year, count(*) FILTER (ethnicity = 'unknown'), count(*) FROM rows GROUP BY year
  UNION ALL SELECT 'missing', 'field: deprivation', year, count(*) FILTER (deprivation_quintile IS NULL), count(*) FROM rows GROUP BY year
  UNION ALL SELECT 'mended', 'field: birth week', year, count(*) FILTER (birth_week_mended), NULL FROM rows GROUP BY year
  UNION ALL SELECT 'mended', 'field: conflicting ethnicity', year, count(*) FILTER (ethnicity_conflict), NULL FROM rows GROUP BY year
);

-- step: roles
INSERT INTO quality
WITH rows AS (SELECT * FROM {s}.roles JOIN {s}.case_years USING (case_id))
SELECT '{nation}', measure, field, year, numerator, denominator FROM (
  SELECT 'records' AS measure, 'table: roles' AS field, year, count(*) AS numerator, NULL AS denominator FROM rows GROUP BY year
  UNION ALL SELECT 'mended', 'field: several roles', year, count(*) FILTER (several_roles), NULL FROM rows GROUP BY year
);

-- step: parents
INSERT INTO quality
WITH parents AS (
  SELECT relationships.person_id, year, sex, count(*) AS parents
  FROM {s}.relationships
  JOIN {s}.persons ON persons.person_id = related_id
  JOIN {s}.person_years ON person_years.person_id = relationships.person_id
  WHERE relationship = 'parent' GROUP BY ALL
)
SELECT '{nation}', 'mended', CASE sex WHEN 'female' THEN 'field: two mothers' ELSE 'field: two fathers' END,
  year, count(*) FILTER (parents > 1), NULL
FROM parents WHERE sex <> 'unknown' GROUP BY sex, year;

-- step: orders and hearings
INSERT INTO quality
SELECT '{nation}', 'records', 'table: orders', year, count(*), NULL FROM {s}.orders JOIN {s}.case_years USING (case_id) GROUP BY year
UNION ALL SELECT '{nation}', 'records', 'table: hearings', year, count(*), NULL FROM {s}.hearings JOIN {s}.case_years USING (case_id) GROUP BY year;

-- step: left out
INSERT INTO quality
SELECT '{nation}', 'mended', field, NULL, numerator, NULL FROM (
  SELECT 'field: orders before April 2010' AS field, count(*) AS numerator FROM {s}.raw_orders WHERE order_type <> '-' AND order_date < DATE '2010-04-01'
  UNION ALL SELECT 'field: orders of no subject', count(*) FROM (SELECT DISTINCT order_key, case_key, person_key FROM {s}.raw_orders WHERE order_type <> '-' AND person_key IS NOT NULL)
    ANTI JOIN {s}.subjects ON subjects.case_id = '{l}' || case_key AND subjects.person_id = '{l}' || person_key
  UNION ALL SELECT 'field: orders without application', count(*) FROM {s}.orders WHERE application_id IS NULL AND NOT case_level
  UNION ALL SELECT 'field: roles without application', count(*) FROM {s}.raw_roles ANTI JOIN {s}.applications ON applications.application_id = '{l}' || application_key
  UNION ALL SELECT 'field: relationships to nobody', count(*) FROM {s}.raw_relationships ANTI JOIN {s}.persons ON persons.person_id = '{l}' || related_key
  UNION ALL SELECT 'field: impossible hearing date', count(*) FROM {s}.raw_hearings WHERE hearing_date NOT BETWEEN DATE '1990-01-01' AND DATE '{refresh}'
  UNION ALL SELECT 'field: court spelling', count(*) FROM {s}.raw_cases AS raw JOIN {s}.court_names AS names ON raw.court = names.name WHERE names.name <> names.court
  UNION ALL SELECT 'field: duplicate cases', count(*) - count(DISTINCT case_key) FROM {s}.raw_cases
  UNION ALL SELECT 'field: duplicate applications', count(*) - count(DISTINCT application_key) FROM {s}.raw_applications
  UNION ALL SELECT 'field: duplicate persons', count(*) - count(DISTINCT person_key) FROM {s}.raw_persons
  UNION ALL SELECT 'field: duplicate hearings', count(*) - count(DISTINCT hearing_key) FROM {s}.raw_hearings
  UNION ALL SELECT 'field: duplicate orders', count(*) - count(DISTINCT order_key) FROM {s}.raw_orders
);
