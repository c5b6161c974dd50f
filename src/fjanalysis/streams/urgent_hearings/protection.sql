-- Emergency protection applications for newborn babies: one row a child and application.
WITH
protection_applications AS (
    SELECT DISTINCT
        roles.person_id AS child_id,
        applications.application_id,
        applications.case_id,
        applications.issue_date
    FROM applications
    INNER JOIN roles ON applications.application_id = roles.application_id
    WHERE
        applications.application_type = 'emergency protection'
        AND applications.issue_date <= $follow_up_end
        AND roles.role = 'subject'
),

newborn_protections AS (
    SELECT protection_applications.*
    FROM protection_applications
    INNER JOIN persons ON protection_applications.child_id = persons.person_id
    WHERE
        persons.birth_week <= protection_applications.issue_date
        AND FLOOR(DATEDIFF('day', persons.birth_week, protection_applications.issue_date) / 7.0) * 7
        < $newborn_days
),

-- Care or supervision applications for the same child, in any case, within the window.
followed_protections AS (
    SELECT DISTINCT newborn_protections.child_id, newborn_protections.application_id
    FROM newborn_protections
    INNER JOIN s31_subjects ON newborn_protections.child_id = s31_subjects.child_id
    INNER JOIN s31_applications ON s31_subjects.application_id = s31_applications.application_id
    WHERE
        DATEDIFF('day', newborn_protections.issue_date, s31_applications.issue_date)
        BETWEEN 0 AND $epo_window_days
)

SELECT
    newborn_protections.child_id,
    newborn_protections.application_id,
    cases.nation,
    cases.region,
    cases.dfj_area,
    YEAR(newborn_protections.issue_date)
    - CASE WHEN MONTH(newborn_protections.issue_date) < 4 THEN 1 ELSE 0 END AS year,
    DATEDIFF('day', newborn_protections.issue_date, $follow_up_end) >= $epo_window_days AS observed,
    followed_protections.child_id IS NOT NULL AS followed
FROM newborn_protections
INNER JOIN cases ON newborn_protections.case_id = cases.case_id
LEFT JOIN followed_protections
    ON newborn_protections.child_id = followed_protections.child_id
    AND newborn_protections.application_id = followed_protections.application_id
ORDER BY newborn_protections.child_id, newborn_protections.application_id
