-- What the fold into sets reads: one row a person and case, with the case's issue date (that of its
-- earliest care or supervision application) and the newest birth week among the person's children
-- whom it then names.
WITH
s31_applications AS (
    SELECT application_id, case_id, issue_date
    FROM applications
    WHERE application_type IN ('care', 'supervision') AND issue_date <= $follow_up_end
),

s31_subjects AS (
    SELECT DISTINCT roles.person_id AS child_id, roles.application_id
    FROM roles
    INNER JOIN s31_applications ON roles.application_id = s31_applications.application_id
    WHERE roles.role = 'subject'
),

s31_children AS (
    SELECT DISTINCT child_id
    FROM s31_subjects
),

-- Each pair may stand in either direction.
recorded_parents AS (
    SELECT person_id AS child_id, related_id AS parent_id
    FROM relationships
    WHERE relationship = 'parent' AND person_id IN (SELECT child_id FROM s31_children)
    UNION
    SELECT related_id AS child_id, person_id AS parent_id
    FROM relationships
    WHERE relationship = 'child' AND related_id IN (SELECT child_id FROM s31_children)
),

subject_parents AS (
    SELECT recorded_parents.child_id, recorded_parents.parent_id, persons.sex
    FROM recorded_parents
    INNER JOIN persons ON recorded_parents.parent_id = persons.person_id
    WHERE persons.sex IN ('female', 'male') AND recorded_parents.child_id <> recorded_parents.parent_id
),

-- A party: a party to any care or supervision application that names the child.
party_parents AS (
    SELECT DISTINCT subject_parents.child_id, subject_parents.parent_id
    FROM subject_parents
    INNER JOIN s31_subjects ON subject_parents.child_id = s31_subjects.child_id
    INNER JOIN roles
        ON s31_subjects.application_id = roles.application_id
        AND subject_parents.parent_id = roles.person_id
    WHERE roles.is_party AND roles.role <> 'subject'
),

counted_parents AS (
    SELECT
        subject_parents.child_id,
        subject_parents.sex,
        COUNT(*) AS recorded,
        COUNT(party_parents.parent_id) AS parties,
        MIN(subject_parents.parent_id) AS only_recorded,
        MIN(party_parents.parent_id) AS only_party
    FROM subject_parents
    LEFT JOIN party_parents
        ON subject_parents.child_id = party_parents.child_id
        AND subject_parents.parent_id = party_parents.parent_id
    GROUP BY subject_parents.child_id, subject_parents.sex
),

known_parents AS (
    SELECT
        child_id,
        sex,
        recorded,
        CASE
            WHEN recorded = 1 THEN only_recorded
            WHEN parties = 1 THEN only_party
        END AS parent_id
    FROM counted_parents
),

-- The mother is the related adult recorded as parent with sex female; where two or more are
-- recorded, the one who is a party, else unknown. The father likewise, with sex male.
child_parents AS (
    SELECT
        children.child_id,
        mothers.parent_id AS mother_id,
        fathers.parent_id AS father_id,
        COALESCE(mothers.recorded, 0) AS mothers_recorded,
        COALESCE(fathers.recorded, 0) AS fathers_recorded
    FROM (SELECT DISTINCT child_id FROM s31_subjects) AS children
    LEFT JOIN known_parents AS mothers
        ON children.child_id = mothers.child_id AND mothers.sex = 'female'
    LEFT JOIN known_parents AS fathers
        ON children.child_id = fathers.child_id AND fathers.sex = 'male'
),

case_issues AS (
    SELECT case_id, MIN(issue_date) AS issue_date
    FROM s31_applications
    GROUP BY case_id
),

case_children AS (
    SELECT
        s31_applications.case_id,
        s31_subjects.child_id,
        MIN(case_issues.issue_date) AS issue_date,
        MIN(s31_applications.issue_date) AS child_issue_date
    FROM s31_subjects
    INNER JOIN s31_applications ON s31_subjects.application_id = s31_applications.application_id
    INNER JOIN case_issues ON s31_applications.case_id = case_issues.case_id
    GROUP BY s31_applications.case_id, s31_subjects.child_id
),

named_children AS (
    SELECT
        case_children.case_id,
        case_children.child_id,
        case_children.issue_date,
        case_children.child_issue_date,
        persons.birth_week
    FROM case_children
    LEFT JOIN persons ON case_children.child_id = persons.person_id
),

-- Children of each owner by case; a child without a known mother owns its own cases.
owner_children AS (
    SELECT 'mother' AS owner, child_parents.mother_id AS person_id, named_children.*
    FROM named_children
    INNER JOIN child_parents ON named_children.child_id = child_parents.child_id
    WHERE child_parents.mother_id IS NOT NULL
    UNION ALL
    SELECT 'father' AS owner, child_parents.father_id AS person_id, named_children.*
    FROM named_children
    INNER JOIN child_parents ON named_children.child_id = child_parents.child_id
    WHERE child_parents.father_id IS NOT NULL
    UNION ALL
    SELECT 'child' AS owner, named_children.child_id AS person_id, named_children.*
    FROM named_children
    INNER JOIN child_parents ON named_children.child_id = child_parents.child_id
    WHERE child_parents.mother_id IS NULL
)

-- A baby added by a later application in the case was not named when the case was issued.
SELECT
    owner,
    person_id,
    case_id,
    MIN(issue_date) AS issue_date,
    MAX(CASE WHEN child_issue_date = issue_date THEN birth_week END) AS newest_birth_week
FROM owner_children
GROUP BY owner, person_id, case_id
