-- One system's raw records become research-ready rows, under the system's own keys. {s} is the system, {refresh} the
-- refresh's date. Each step is named for the table that it makes.

-- step: cases in parts of {s}.raw_applications
CREATE TABLE {s}.cases AS
WITH completed AS (
  SELECT case_key, max(completed_date) AS completed_date FROM {s}.raw_applications
  WHERE {part:case_key} GROUP BY case_key
)
SELECT
  case_key, law_type,
  authorities.code AS local_authority, authorities.region, courts.court,
  -- The area that a look-up of the user's own gives to the court wins over the one recorded.
  coalesce(courts.dfj_area, dfj_areas.dfj_area) AS dfj_area,
  coalesce(courts.hmcts_region, dfj_areas.hmcts_region) AS hmcts_region, received_date,
  -- A case closed before it was received takes the completion of its last application, if that fits.
  CASE
    WHEN closed_date >= received_date OR received_date IS NULL THEN closed_date
    WHEN closed_date IS NOT NULL AND completed.completed_date >= received_date
      THEN completed.completed_date
  END AS closed_date,
  coalesce(closed_date < received_date, false) AS closed_mended
FROM (FROM {s}.one_cases WHERE {part:case_key}) AS one
LEFT JOIN completed USING (case_key)
LEFT JOIN {s}.authority_names AS authorities
  ON one.authority = authorities.name
  AND coalesce(received_date, DATE '1900-01-01') BETWEEN authorities.first_day AND authorities.last_day
LEFT JOIN {s}.court_names AS courts ON one.court = courts.name
LEFT JOIN {s}.dfj_names AS dfj_areas ON one.dfj = dfj_areas.name
WHERE law_type IS NOT NULL;

-- step: applications in parts of {s}.raw_applications
CREATE TABLE {s}.applications AS
SELECT
  application_key, one.case_key,
  coalesce(application_type, 'other') AS application_type,
  coalesce(application_date, one.received_date) AS issue_date,
  -- One that was completed before it was issued has no known day of completion.
  CASE WHEN completed_date < coalesce(application_date, one.received_date) THEN NULL ELSE completed_date END
    AS completed_date,
  application_date IS NULL AND one.received_date IS NOT NULL AS issue_mended,
  coalesce(completed_date < coalesce(application_date, one.received_date), false) AS completion_mended
FROM (FROM {s}.one_applications WHERE {part:case_key}) AS one
SEMI JOIN (SELECT case_key FROM {s}.cases WHERE {part:case_key}) AS known USING (case_key);

-- step: ethnicity_groups in parts of {s}.raw_ethnicities
CREATE TABLE {s}.ethnicity_groups AS
-- A known group beats unknown; two different known ones are unknown. Groups are bits of a number: what is kept
-- of a person has a fixed size, and can be set aside on disk.
WITH given AS (
  SELECT person_key, bit_or(CASE {ethnicity_bits} ELSE 0 END) AS bits
  FROM {s}.raw_ethnicities WHERE {part:person_key} GROUP BY person_key
)
SELECT
  person_key, bit_count(bits) AS groups, CASE bits {ethnicity_names} END AS ethnicity
FROM given;

-- step: persons in parts of {s}.raw_persons
CREATE TABLE {s}.persons AS
WITH
-- 18xx stands for 19xx, 22xx and 29xx for 20xx, 79xx for 19xx.
mended AS (
  SELECT
    *, CASE
      WHEN year(birth_week) BETWEEN 1800 AND 1899 THEN birth_week + INTERVAL 100 YEAR
      WHEN year(birth_week) BETWEEN 2200 AND 2299 THEN birth_week - INTERVAL 200 YEAR
      WHEN year(birth_week) BETWEEN 2900 AND 2999 THEN birth_week - INTERVAL 900 YEAR
      WHEN year(birth_week) BETWEEN 7900 AND 7999 THEN birth_week - INTERVAL 6000 YEAR
    END AS other_century
  FROM {s}.one_persons WHERE {part:person_key}
),
dated AS (
  SELECT *, date_trunc('week', coalesce(other_century, birth_week))::DATE AS monday FROM mended
)
SELECT
  person_key, coalesce(sex, 'unknown') AS sex,
  CASE WHEN monday BETWEEN DATE '1900-01-01' AND DATE '{refresh}' THEN monday END AS birth_week,
  other_century IS NOT NULL AND monday BETWEEN DATE '1900-01-01' AND DATE '{refresh}'
    AS birth_week_mended,
  monday NOT BETWEEN DATE '1900-01-01' AND DATE '{refresh}' AS birth_week_impossible,
  coalesce(ethnicity, 'unknown') AS ethnicity,
  coalesce(groups > 1, false) AS ethnicity_conflict,
  fifth AS deprivation_quintile, link_key
FROM dated
LEFT JOIN (FROM {s}.ethnicity_groups WHERE {part:person_key}) AS given USING (person_key)
LEFT JOIN (
  SELECT person_key, max(fifth)::INTEGER AS fifth FROM {s}.raw_deprivation
  WHERE {part:person_key} GROUP BY person_key
) AS fifths USING (person_key);

-- step: known roles in parts of {s}.raw_roles
CREATE TABLE {s}.known_roles AS
WITH one AS (
  SELECT
    application_key, person_key,
    bit_or(CASE role WHEN 'subject' THEN 1 WHEN 'applicant' THEN 2 WHEN 'respondent' THEN 4 ELSE 8 END) AS given,
    bool_or(coalesce(is_party, false)) AS is_party, count(*) AS rows
  FROM {s}.raw_roles WHERE {part:person_key} GROUP BY application_key, person_key
)
FROM one SEMI JOIN (SELECT person_key FROM {s}.persons WHERE {part:person_key}) AS known USING (person_key);

-- step: roles in parts of {s}.known_roles
CREATE TABLE {s}.roles AS
-- One role a person on an application: subject before applicant before respondent before other.
SELECT
  one.application_key, own.case_key, one.person_key,
  CASE WHEN given & 1 > 0 THEN 'subject' WHEN given & 2 > 0 THEN 'applicant'
    WHEN given & 4 > 0 THEN 'respondent' ELSE 'other' END AS role,
  is_party, bit_count(given) > 1 AS several_roles, rows - bit_count(given) AS repeats
FROM {s}.known_roles AS one
JOIN (SELECT application_key, case_key FROM {s}.applications WHERE {part:application_key}) AS own
  ON own.application_key = one.application_key
WHERE {part:one.application_key};

-- step: roles are made
DROP TABLE {s}.known_roles;

-- step: relationships of persons in parts of {s}.raw_relationships
CREATE TABLE {s}.known_relationships AS
SELECT person_key, related_key, coalesce(relationship, 'other') AS relationship, count(*) AS rows
FROM {s}.raw_relationships
SEMI JOIN (SELECT person_key FROM {s}.persons WHERE {part:person_key}) AS known USING (person_key)
WHERE person_key <> related_key AND {part:person_key}
GROUP BY ALL;

-- step: relationships in parts of {s}.known_relationships
CREATE TABLE {s}.relationships AS
SELECT one.*, related.sex AS related_sex FROM {s}.known_relationships AS one
JOIN (
  SELECT person_key, CASE sex WHEN 'female' THEN 1 WHEN 'male' THEN 2 END::TINYINT AS sex
  FROM {s}.persons WHERE {part:person_key}
) AS related ON related.person_key = one.related_key
WHERE {part:one.related_key};

-- step: relationships are made
DROP TABLE {s}.known_relationships;

-- step: hearings in parts of {s}.raw_hearings
CREATE TABLE {s}.hearings AS
SELECT hearing_key, case_key, hearing_date
FROM (FROM {s}.raw_hearings WHERE hearing_key IS NOT NULL AND {part:case_key}) AS raw
ANTI JOIN {s}.several_hearings USING (hearing_key)
SEMI JOIN (SELECT case_key FROM {s}.cases WHERE {part:case_key}) AS known USING (case_key)
WHERE hearing_date BETWEEN DATE '1990-01-01' AND DATE '{refresh}';

-- step: hearings of several rows
INSERT INTO {s}.hearings
SELECT hearing_key, min(case_key), min(hearing_date)
FROM (FROM {s}.raw_hearings SEMI JOIN {s}.several_hearings USING (hearing_key)) AS raw
SEMI JOIN {s}.cases USING (case_key)
WHERE hearing_date BETWEEN DATE '1990-01-01' AND DATE '{refresh}' GROUP BY hearing_key;

-- step: subjects in parts of {s}.roles
CREATE TABLE {s}.subjects AS
SELECT DISTINCT case_key, person_key FROM {s}.roles WHERE role = 'subject' AND {part:case_key};

-- step: dated orders
CREATE VIEW {s}.dated_orders AS
FROM {s}.one_orders WHERE order_type <> '-' AND order_date BETWEEN DATE '2010-04-01' AND DATE '{refresh}';

-- step: orders of persons in parts of {s}.raw_orders
CREATE TABLE {s}.given_orders AS
-- One of a person who is no subject of the case is left out.
SELECT one.*, false AS case_level
FROM (FROM {s}.dated_orders WHERE person_key IS NOT NULL AND {part:case_key}) AS one
SEMI JOIN (FROM {s}.subjects WHERE {part:case_key}) AS subjects USING (case_key, person_key);

-- step: orders of cases in parts of {s}.raw_orders
INSERT INTO {s}.given_orders
-- An order of a case, or of an application, is given to all its subjects.
SELECT one.* REPLACE (subjects.person_key AS person_key), true
FROM (
  FROM {s}.dated_orders WHERE person_key IS NULL AND application_key IS NULL AND {part:case_key}
) AS one
JOIN (FROM {s}.subjects WHERE {part:case_key}) AS subjects ON subjects.case_key = one.case_key;

-- step: orders of applications in parts of {s}.raw_orders
INSERT INTO {s}.given_orders
SELECT one.* REPLACE (roles.case_key AS case_key, roles.person_key AS person_key), true
FROM (
  FROM {s}.dated_orders WHERE person_key IS NULL AND application_key IS NOT NULL AND {part:application_key}
) AS one
JOIN (FROM {s}.roles WHERE role = 'subject' AND {part:application_key}) AS roles
  ON roles.application_key = one.application_key;

-- step: orders in parts of {s}.given_orders
CREATE TABLE {s}.orders AS
SELECT
  given.order_key, given.case_key, own.application_key, given.person_key, order_type,
  coalesce(given.is_final, true) AND final_orders.order_type IS NOT NULL AS is_final,
  order_date, case_level
FROM {s}.given_orders AS given
LEFT JOIN (SELECT application_key, case_key FROM {s}.applications WHERE {part:application_key}) AS own
  ON own.application_key = given.application_key AND own.case_key = given.case_key
LEFT JOIN {s}.final_orders USING (order_type)
WHERE {part:given.application_key};

-- step: orders are made
DROP TABLE {s}.given_orders;
