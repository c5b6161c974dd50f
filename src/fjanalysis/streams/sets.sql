-- A child's sets of proceedings: those of its mother that name it, or of its own where the mother is
-- unknown. The child's issue date is that of the first care or supervision application in the set
-- that names the child.
WITH
-- `case_numbers` is what the fold gave for `owner_cases`.
set_cases AS (
    SELECT
        owner_cases.owner,
        owner_cases.person_id,
        owner_cases.case_id,
        owner_cases.issue_date,
        owner_cases.newest_birth_week,
        case_numbers.set_number,
        MIN(owner_cases.issue_date) OVER (
            PARTITION BY owner_cases.owner, owner_cases.person_id, case_numbers.set_number
        ) AS set_issue_date
    FROM owner_cases
    INNER JOIN case_numbers
        ON owner_cases.owner = case_numbers.owner
        AND owner_cases.person_id = case_numbers.person_id
        AND owner_cases.case_id = case_numbers.case_id
),

owned_applications AS (
    SELECT
        s31_subjects.child_id,
        s31_applications.application_id,
        s31_applications.case_id,
        s31_applications.issue_date,
        child_parents.mother_id,
        CASE WHEN child_parents.mother_id IS NULL THEN 'child' ELSE 'mother' END AS owner,
        COALESCE(child_parents.mother_id, s31_subjects.child_id) AS person_id
    FROM s31_subjects
    INNER JOIN s31_applications ON s31_subjects.application_id = s31_applications.application_id
    INNER JOIN child_parents ON s31_subjects.child_id = child_parents.child_id
),

placed_applications AS (
    SELECT
        owned_applications.*,
        set_cases.set_number,
        set_cases.set_issue_date,
        ROW_NUMBER() OVER (
            PARTITION BY owned_applications.child_id, set_cases.set_number
            ORDER BY owned_applications.issue_date, owned_applications.application_id
        ) AS application_order
    FROM owned_applications
    INNER JOIN set_cases
        ON owned_applications.owner = set_cases.owner
        AND owned_applications.person_id = set_cases.person_id
        AND owned_applications.case_id = set_cases.case_id
)

SELECT
    child_id,
    owner,
    person_id,
    mother_id,
    set_number,
    set_issue_date,
    issue_date,
    application_id,
    case_id
FROM placed_applications
WHERE application_order = 1
