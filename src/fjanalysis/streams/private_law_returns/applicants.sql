-- Applicants with the place and year of their case: one row a case and applicant.
-- Reads the steps of the cases.
SELECT
    applicants.case_id,
    applicants.person_id,
    cohort.nation,
    cohort.region,
    cohort.dfj_area,
    cohort.issue_date,
    cohort.year,
    applicants.sex,
    applicants.birth_week,
    applicants.deprivation_quintile
FROM applicants
INNER JOIN cohort ON applicants.case_id = cohort.case_id
