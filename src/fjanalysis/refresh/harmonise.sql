-- One system's raw records become research-ready rows, under the system's own keys. {s} is the system, {refresh} the
-- refresh's date. Each step is named for the table that it makes.

-- step: cases
CREATE TABLE {s}.cases AS
WITH one AS (
  -- One row a key: exact duplicates fall together, and differing rows give their smallest values.
  SELECT
    case_key, min(law_type) AS law_type, min(authority) AS authority, min(court) AS court,
    min(dfj) AS dfj, min(received_date) AS received_date, min(closed_date) AS closed_date
  FROM {s}.raw_cases WHERE case_key IS NOT NULL GROUP BY case_key
),
completed AS (
  SELECT case_key, max(completed_date) AS completed_date FROM {s}.raw_applications GROUP BY case_key
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
FROM one
LEFT JOIN completed USING (case_key)
LEFT JOIN {s}.authority_names AS authorities
  ON one.authority = authorities.name
  AND coalesce(received_date, DATE '1900-01-01') BETWEEN authorities.first_day AND authorities.last_day
LEFT JOIN {s}.court_names AS courts ON one.court = courts.name
LEFT JOIN {s}.dfj_names AS dfj_areas ON one.dfj = dfj_areas.name
WHERE law_type IS NOT NULL;

-- step: applications
CREATE TABLE {s}.applications AS
WITH one AS (
  SELECT
    application_key, min(case_key) AS case_key, min(application_type) AS application_type,
    min(application_date) AS application_date, min(received_date) AS received_date,
    min(completed_date) AS completed_date
  FROM {s}.raw_applications WHERE application_key IS NOT NULL GROUP BY application_key
)
SELECT
  application_key, one.case_key,
  coalesce(application_type, 'other') AS application_type,
  coalesce(application_date, one.received_date) AS issue_date,
  -- One that was completed before it was issued has no known day of completion.
  CASE WHEN completed_date < coalesce(application_date, one.received_date) THEN NULL ELSE completed_date END
    AS completed_date,
  application_date IS NULL AND one.received_date IS NOT NULL AS issue_mended,
  coalesce(completed_date < coalesce(application_date, one.received_date), false) AS completion_mended
FROM one JOIN {s}.cases ON cases.case_key = one.case_key;

-- step: ethnicity_groups
CREATE TABLE {s}.ethnicity_groups AS
-- A known group beats unknown; two different known ones are unknown.
SELECT
  person_key, min(ethnicity) FILTER (ethnicity <> 'unknown') AS ethnicity,
  count(DISTINCT ethnicity) FILTER (ethnicity <> 'unknown') AS groups
FROM {s}.raw_ethnicities GROUP BY person_key;

-- step: persons
CREATE TABLE {s}.persons AS
WITH one AS (
  SELECT
    person_key, min(sex) AS sex, min(birth_week) AS birth_week, min(link_key) AS link_key
  FROM {s}.raw_persons WHERE person_key IS NOT NULL GROUP BY person_key
),
-- 18xx stands for 19xx, 22xx and 29xx for 20xx, 79xx for 19xx.
mended AS (
  SELECT
    *, CASE
      WHEN year(birth_week) BETWEEN 1800 AND 1899 THEN birth_week + INTERVAL 100 YEAR
      WHEN year(birth_week) BETWEEN 2200 AND 2299 THEN birth_week - INTERVAL 200 YEAR
      WHEN year(birth_week) BETWEEN 2900 AND 2999 THEN birth_week - INTERVAL 900 YEAR
      WHEN year(birth_week) BETWEEN 7900 AND 7999 THEN birth_week - INTERVAL 6000 YEAR
    END AS other_century
  FROM one
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
  CASE WHEN groups = 1 THEN ethnicity ELSE 'unknown' END AS ethnicity,
  coalesce(groups > 1, false) AS ethnicity_conflict,
  fifth AS deprivation_quintile, link_key
FROM dated
LEFT JOIN {s}.ethnicity_groups USING (person_key)
LEFT JOIN (SELECT person_key, max(fifth)::INTEGER AS fifth FROM {s}.raw_deprivation GROUP BY person_key)
  USING (person_key);

-- step: roles
CREATE TABLE {s}.roles AS
-- One role a person on an application: subject before applicant before respondent before other.
WITH one AS (
  SELECT
    application_key, person_key,
    bit_or(CASE role WHEN 'subject' THEN 1 WHEN 'applicant' THEN 2 WHEN 'respondent' THEN 4 ELSE 8 END) AS given,
    bool_or(coalesce(is_party, false)) AS is_party, count(*) AS rows
  FROM {s}.raw_roles GROUP BY application_key, person_key
)
SELECT
  one.application_key, applications.case_key, one.person_key,
  CASE WHEN given & 1 > 0 THEN 'subject' WHEN given & 2 > 0 THEN 'applicant'
    WHEN given & 4 > 0 THEN 'respondent' ELSE 'other' END AS role,
  is_party, bit_count(given) > 1 AS several_roles, rows - bit_count(given) AS repeats
FROM one
JOIN {s}.applications ON applications.application_key = one.application_key
SEMI JOIN {s}.persons ON persons.person_key = one.person_key;

-- step: relationships
CREATE TABLE {s}.relationships AS
SELECT DISTINCT raw.person_key, raw.related_key, coalesce(relationship, 'other') AS relationship
FROM {s}.raw_relationships AS raw
SEMI JOIN {s}.persons AS person ON person.person_key = raw.person_key
SEMI JOIN {s}.persons AS related ON related.person_key = raw.related_key
WHERE raw.person_key <> raw.related_key;

-- step: hearings
CREATE TABLE {s}.hearings AS
SELECT hearing_key, min(raw.case_key) AS case_key, min(hearing_date) AS hearing_date
FROM {s}.raw_hearings AS raw SEMI JOIN {s}.cases ON cases.case_key = raw.case_key
WHERE hearing_key IS NOT NULL AND hearing_date BETWEEN DATE '1990-01-01' AND DATE '{refresh}'
GROUP BY hearing_key;

-- step: subjects
CREATE TABLE {s}.subjects AS
SELECT DISTINCT case_key, person_key FROM {s}.roles WHERE role = 'subject';

-- step: orders
CREATE TABLE {s}.orders AS
WITH one AS (
  SELECT
    order_key, min(case_key) AS case_key, min(application_key) AS application_key,
    min(person_key) AS person_key, min(order_type) AS order_type, min(order_date) AS order_date,
    bool_or(is_final) AS is_final
  FROM {s}.raw_orders WHERE order_key IS NOT NULL GROUP BY order_key
),
-- An order of a case, or of an application, is given to all its subjects; one of a person who is no
-- subject is left out.
given AS (
  SELECT one.* REPLACE (subjects.case_key AS case_key, subjects.person_key AS person_key), false AS case_level
  FROM one JOIN {s}.subjects ON subjects.case_key = one.case_key AND subjects.person_key = one.person_key
  UNION ALL
  SELECT one.* REPLACE (subjects.case_key AS case_key, subjects.person_key AS person_key), true
  FROM one JOIN {s}.subjects ON subjects.case_key = one.case_key
  WHERE one.person_key IS NULL AND one.application_key IS NULL
  UNION ALL
  SELECT one.* REPLACE (roles.case_key AS case_key, roles.person_key AS person_key), true
  FROM one JOIN {s}.roles ON roles.application_key = one.application_key
  WHERE one.person_key IS NULL AND roles.role = 'subject'
)
SELECT
  given.order_key, given.case_key, applications.application_key, given.person_key, order_type,
  coalesce(given.is_final, true) AND final_orders.order_type IS NOT NULL AS is_final,
  order_date, case_level
FROM given
LEFT JOIN {s}.applications ON applications.application_key = given.application_key
  AND applications.case_key = given.case_key
LEFT JOIN {s}.final_orders USING (order_type)
WHERE order_type <> '-' AND order_date BETWEEN DATE '2010-04-01' AND DATE '{refresh}';
