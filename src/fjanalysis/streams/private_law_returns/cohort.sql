-- Private-law cases about arrangements for children: one row a case, with the cases about the same
-- children before and after it. Reads the refresh's tables, and `final_orders` of the sets of proceedings.
WITH
arrangement_applications AS (
    SELECT applications.application_id, applications.case_id, applications.application_type, applications.issue_date
    FROM applications
    INNER JOIN cases ON applications.case_id = cases.case_id
    WHERE
        cases.law_type = 'private'
        AND applications.issue_date <= $follow_up_end
        AND applications.application_type IN (
            'time with', 'live with', 'live and time with',
            'prohibited steps', 'specific issue', 'enforcement'
        )
),

issued_cases AS (
    SELECT
        case_id,
        MIN(issue_date) AS issue_date,
        BOOL_OR(application_type = 'time with') AS time_with,
        BOOL_OR(application_type = 'live with') AS live_with,
        BOOL_OR(application_type = 'live and time with') AS live_and_time_with,
        BOOL_OR(application_type = 'prohibited steps') AS prohibited_steps,
        BOOL_OR(application_type = 'specific issue') AS specific_issue,
        BOOL_OR(application_type = 'enforcement') AS enforcement
    FROM arrangement_applications
    GROUP BY case_id
),

private_children AS (
    SELECT DISTINCT arrangement_applications.case_id, roles.person_id AS child_id
    FROM roles
    INNER JOIN arrangement_applications
        ON roles.application_id = arrangement_applications.application_id
    WHERE roles.role = 'subject'
),

aged_children AS (
    SELECT
        private_children.case_id,
        private_children.child_id,
        persons.birth_week,
        ROW_NUMBER() OVER (
            PARTITION BY private_children.case_id
            ORDER BY persons.birth_week NULLS LAST, private_children.child_id
        ) AS birth_order
    FROM private_children
    LEFT JOIN persons ON private_children.child_id = persons.person_id
),

private_families AS (
    SELECT case_id, COUNT(*) AS children, MAX(birth_week) AS youngest_birth_week
    FROM aged_children
    GROUP BY case_id
),

-- Two cases are about the same children where they share one; by the rule of the eldest, where the
-- earlier names the eldest child of the later.
links AS (
    SELECT DISTINCT
        earlier.case_id AS earlier_id,
        earlier_cases.issue_date AS earlier_date,
        later.case_id AS later_id,
        later_cases.issue_date AS later_date
    FROM private_children AS earlier
    INNER JOIN aged_children AS later ON earlier.child_id = later.child_id
    INNER JOIN issued_cases AS earlier_cases ON earlier.case_id = earlier_cases.case_id
    INNER JOIN issued_cases AS later_cases ON later.case_id = later_cases.case_id
    WHERE
        ($child_rule = 'any' OR later.birth_order = 1)
        AND (
            earlier_cases.issue_date < later_cases.issue_date
            OR (earlier_cases.issue_date = later_cases.issue_date AND earlier.case_id < later.case_id)
        )
),

-- The case before: the latest earlier one about the same children.
cases_before AS (
    SELECT
        *,
        ROW_NUMBER() OVER (
            PARTITION BY later_id
            ORDER BY earlier_date DESC, earlier_id DESC
        ) AS place
    FROM links
),

-- A case inside the merge gap of the one before is neither a return nor a first case.
private_returns AS (
    SELECT
        later_id AS case_id,
        earlier_id AS before_id,
        earlier_date AS before_date,
        DATEDIFF('day', earlier_date, later_date) > $merge_gap_days AS is_return
    FROM cases_before
    WHERE place = 1
),

next_returns AS (
    SELECT
        links.earlier_id AS case_id,
        links.later_id AS return_id,
        links.later_date AS return_date,
        ROW_NUMBER() OVER (
            PARTITION BY links.earlier_id
            ORDER BY links.later_date, links.later_id
        ) AS place
    FROM links
    INNER JOIN private_returns ON links.later_id = private_returns.case_id
    WHERE private_returns.is_return
),

last_orders AS (
    SELECT case_id, MAX(order_date) AS order_date
    FROM orders
    WHERE is_final AND order_date <= $follow_up_end
    GROUP BY case_id
),

last_hearings AS (
    SELECT case_id, MAX(hearing_date) AS hearing_date
    FROM hearings
    WHERE hearing_date <= $follow_up_end
    GROUP BY case_id
),

-- Adults of the case by what they are in it, and to which of its children they are recorded as what.
case_adults AS (
    SELECT DISTINCT arrangement_applications.case_id, roles.person_id, roles.role
    FROM roles
    INNER JOIN arrangement_applications
        ON roles.application_id = arrangement_applications.application_id
    WHERE roles.role IN ('applicant', 'respondent')
),

recorded_relations AS (
    SELECT person_id AS child_id, related_id AS adult_id, relationship AS relation
    FROM relationships
    WHERE
        relationship IN ('parent', 'grandparent', 'sibling', 'half sibling', 'step sibling', 'other')
        AND related_id IN (SELECT person_id FROM case_adults)
    UNION
    SELECT
        related_id AS child_id,
        person_id AS adult_id,
        CASE relationship WHEN 'child' THEN 'parent' ELSE 'grandparent' END AS relation
    FROM relationships
    WHERE relationship IN ('child', 'grandchild') AND person_id IN (SELECT person_id FROM case_adults)
),

adult_relations AS (
    SELECT
        case_adults.case_id,
        case_adults.person_id,
        case_adults.role,
        COALESCE(BOOL_OR(recorded_relations.relation = 'parent'), FALSE) AS is_parent,
        COALESCE(BOOL_OR(recorded_relations.relation = 'grandparent'), FALSE) AS is_grandparent,
        COALESCE(
            BOOL_OR(recorded_relations.relation IN ('sibling', 'half sibling', 'step sibling')), FALSE
        ) AS is_sibling,
        COALESCE(BOOL_OR(recorded_relations.relation = 'other'), FALSE) AS is_other
    FROM case_adults
    LEFT JOIN private_children ON case_adults.case_id = private_children.case_id
    LEFT JOIN recorded_relations
        ON private_children.child_id = recorded_relations.child_id
        AND case_adults.person_id = recorded_relations.adult_id
    GROUP BY case_adults.case_id, case_adults.person_id, case_adults.role
),

-- A parental case: every applicant and respondent is a parent of a subject child.
parental_cases AS (
    SELECT
        case_id,
        BOOL_AND(is_parent) AS parental,
        BOOL_OR(role = 'applicant' AND is_grandparent AND NOT is_parent) AS by_grandparent,
        BOOL_OR(role = 'applicant' AND is_sibling AND NOT is_parent) AS by_sibling,
        BOOL_OR(role = 'applicant' AND is_other AND NOT is_parent) AS by_other,
        BOOL_OR(role = 'applicant' AND is_parent) AS by_parent
    FROM adult_relations
    GROUP BY case_id
),

applicants AS (
    SELECT
        case_adults.case_id,
        case_adults.person_id,
        persons.sex,
        persons.birth_week,
        persons.deprivation_quintile
    FROM case_adults
    LEFT JOIN persons ON case_adults.person_id = persons.person_id
    WHERE case_adults.role = 'applicant'
),

applicant_sexes AS (
    SELECT
        case_id,
        COUNT(*) AS applicants,
        COALESCE(BOOL_OR(sex = 'female'), FALSE) AS by_woman,
        COALESCE(BOOL_OR(sex = 'male'), FALSE) AS by_man
    FROM applicants
    GROUP BY case_id
),

-- Who brings a return, by what they were in the case before.
bringers AS (
    SELECT
        private_returns.case_id,
        CASE
            WHEN BOOL_OR(earlier.role = 'applicant') THEN 'same'
            WHEN BOOL_OR(earlier.role = 'respondent') THEN 'former respondent'
            ELSE 'another person'
        END AS brought_by
    FROM private_returns
    INNER JOIN applicants ON private_returns.case_id = applicants.case_id
    LEFT JOIN case_adults AS earlier
        ON private_returns.before_id = earlier.case_id AND applicants.person_id = earlier.person_id
    WHERE private_returns.is_return
    GROUP BY private_returns.case_id
),

public_issues AS (
    SELECT DISTINCT roles.person_id AS child_id, applications.issue_date
    FROM roles
    INNER JOIN applications ON roles.application_id = applications.application_id
    INNER JOIN cases ON applications.case_id = cases.case_id
    WHERE
        cases.law_type = 'public'
        AND roles.role = 'subject'
        AND applications.issue_date <= $follow_up_end
),

-- The first public-law application about a child of the case after its issue.
public_followings AS (
    SELECT issued_cases.case_id, MIN(public_issues.issue_date) AS public_date
    FROM issued_cases
    INNER JOIN private_children ON issued_cases.case_id = private_children.case_id
    INNER JOIN public_issues ON private_children.child_id = public_issues.child_id
    WHERE public_issues.issue_date > issued_cases.issue_date
    GROUP BY issued_cases.case_id
)

SELECT
    issued_cases.*,
    cases.nation,
    cases.region,
    cases.dfj_area,
    YEAR(issued_cases.issue_date)
    - CASE WHEN MONTH(issued_cases.issue_date) < 4 THEN 1 ELSE 0 END AS year,
    CASE WHEN cases.closed_date <= $follow_up_end THEN cases.closed_date END AS closed_date,
    last_orders.order_date AS last_order_date,
    last_hearings.hearing_date AS last_hearing_date,
    COALESCE(private_families.children, 0) AS children,
    private_families.youngest_birth_week,
    private_returns.before_id,
    private_returns.before_date,
    COALESCE(private_returns.is_return, FALSE) AS is_return,
    private_returns.case_id IS NULL AS is_earliest,
    next_returns.return_id,
    next_returns.return_date,
    COALESCE(parental_cases.parental, TRUE) AS parental,
    COALESCE(parental_cases.by_grandparent, FALSE) AS by_grandparent,
    COALESCE(parental_cases.by_sibling, FALSE) AS by_sibling,
    COALESCE(parental_cases.by_other, FALSE) AS by_other,
    COALESCE(parental_cases.by_parent, FALSE) AS by_parent,
    COALESCE(applicant_sexes.applicants, 0) AS applicants,
    COALESCE(applicant_sexes.by_woman, FALSE) AS by_woman,
    COALESCE(applicant_sexes.by_man, FALSE) AS by_man,
    bringers.brought_by,
    public_followings.public_date
FROM issued_cases
INNER JOIN cases ON issued_cases.case_id = cases.case_id
LEFT JOIN last_orders ON issued_cases.case_id = last_orders.case_id
LEFT JOIN last_hearings ON issued_cases.case_id = last_hearings.case_id
LEFT JOIN private_families ON issued_cases.case_id = private_families.case_id
LEFT JOIN private_returns ON issued_cases.case_id = private_returns.case_id
LEFT JOIN next_returns
    ON issued_cases.case_id = next_returns.case_id AND next_returns.place = 1
LEFT JOIN parental_cases ON issued_cases.case_id = parental_cases.case_id
LEFT JOIN applicant_sexes ON issued_cases.case_id = applicant_sexes.case_id
LEFT JOIN bringers ON issued_cases.case_id = bringers.case_id
LEFT JOIN public_followings ON issued_cases.case_id = public_followings.case_id
