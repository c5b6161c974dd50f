-- Applicants with the place and year of their case: one row a case and applicant.
-- Reads the steps of the cases.
WITH
-- Under 12 at the birth of a child of the case, or a woman over 60: an age that nobody knows.
impossible_applicants AS (
    SELECT DISTINCT applicants.case_id, applicants.person_id
    FROM applicants
    INNER JOIN private_children ON applicants.case_id = private_children.case_id
    INNER JOIN persons AS children ON private_children.child_id = children.person_id
    INNER JOIN recorded_relations
        ON private_children.child_id = recorded_relations.child_id
        AND applicants.person_id = recorded_relations.adult_id
    WHERE
        recorded_relations.relation = 'parent'
        AND (
            children.birth_week < applicants.birth_week + INTERVAL 12 YEAR
            OR (
                applicants.sex = 'female'
                AND children.birth_week >= applicants.birth_week + INTERVAL 61 YEAR
            )
        )
)

SELECT
    applicants.case_id,
    applicants.person_id,
    cohort.nation,
    cohort.region,
    cohort.dfj_area,
    cohort.issue_date,
    cohort.year,
    applicants.sex,
    CASE WHEN impossible_applicants.person_id IS NULL THEN applicants.birth_week END AS birth_week,
    applicants.deprivation_quintile
FROM applicants
INNER JOIN cohort ON applicants.case_id = cohort.case_id
LEFT JOIN impossible_applicants
    ON applicants.case_id = impossible_applicants.case_id
    AND applicants.person_id = impossible_applicants.person_id
