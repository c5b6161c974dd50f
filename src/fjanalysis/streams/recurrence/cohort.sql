-- Parents whose first observed set of proceedings is issued in the window: one row a parent.
-- Reads the sets of proceedings (`set_cases`, `owner_children`) and `final_orders`.
WITH
-- The nation, region and DFJ area of a set are those of its first case.
parent_sets AS (
    SELECT
        set_cases.owner AS parent,
        set_cases.person_id,
        set_cases.set_number,
        set_cases.set_issue_date,
        cases.nation,
        cases.region,
        cases.dfj_area,
        ROW_NUMBER() OVER (
            PARTITION BY set_cases.owner, set_cases.person_id, set_cases.set_number
            ORDER BY set_cases.issue_date, set_cases.case_id
        ) AS case_order,
        COUNT(*) OVER (
            PARTITION BY set_cases.owner, set_cases.person_id, set_cases.set_number
        ) AS cases_in_set
    FROM set_cases
    INNER JOIN cases ON set_cases.case_id = cases.case_id
    WHERE set_cases.owner IN ('mother', 'father')
),

sets AS (
    SELECT parent, person_id, set_number, set_issue_date, nation, region, dfj_area, cases_in_set
    FROM parent_sets
    WHERE case_order = 1
),

first_sets AS (
    SELECT parent, person_id, set_issue_date AS index_date, nation, region, dfj_area
    FROM sets
    WHERE set_number = 1
),

-- A nation's data must reach back `washout_years` before the index set; `nation_starts` says from when.
windowed AS (
    SELECT first_sets.*
    FROM first_sets
    INNER JOIN nation_starts ON first_sets.nation = nation_starts.nation
    WHERE
        first_sets.index_date >= nation_starts.index_start
        AND first_sets.index_date <= $index_end
),

-- The parent's children whom the index set names on the day of its issue.
index_children AS (
    SELECT DISTINCT
        windowed.parent,
        windowed.person_id,
        windowed.index_date,
        owner_children.child_id,
        owner_children.birth_week
    FROM windowed
    INNER JOIN owner_children
        ON windowed.parent = owner_children.owner
        AND windowed.person_id = owner_children.person_id
    WHERE owner_children.child_issue_date = windowed.index_date
),

-- Completed years from the Monday of the birth week.
parent_ages AS (
    SELECT
        windowed.parent,
        windowed.person_id,
        persons.birth_week AS parent_birth_week,
        EXTRACT(YEAR FROM windowed.index_date) - EXTRACT(YEAR FROM persons.birth_week)
        - CASE
            WHEN
                EXTRACT(MONTH FROM windowed.index_date) * 100 + EXTRACT(DAY FROM windowed.index_date)
                < EXTRACT(MONTH FROM persons.birth_week) * 100 + EXTRACT(DAY FROM persons.birth_week)
                THEN 1
            ELSE 0
        END AS recorded_age
    FROM windowed
    INNER JOIN persons ON windowed.person_id = persons.person_id
),

-- An age is impossible where a child of the index set was born to a parent under 12, or to a mother
-- over 60.
impossible_ages AS (
    SELECT DISTINCT parent_ages.parent, parent_ages.person_id
    FROM parent_ages
    INNER JOIN index_children
        ON parent_ages.parent = index_children.parent
        AND parent_ages.person_id = index_children.person_id
    WHERE
        index_children.birth_week < parent_ages.parent_birth_week + INTERVAL 12 YEAR
        OR (
            parent_ages.parent = 'mother'
            AND index_children.birth_week >= parent_ages.parent_birth_week + INTERVAL 61 YEAR
        )
),

index_families AS (
    SELECT
        parent,
        person_id,
        COUNT(*) AS children,
        MAX(birth_week) AS youngest_birth_week
    FROM index_children
    GROUP BY parent, person_id
),

aged AS (
    SELECT
        windowed.*,
        CASE WHEN impossible_ages.person_id IS NULL THEN parent_ages.recorded_age END AS age,
        impossible_ages.person_id IS NOT NULL AS age_impossible,
        COALESCE(index_families.children, 0) AS children,
        index_families.youngest_birth_week
    FROM windowed
    INNER JOIN parent_ages
        ON windowed.parent = parent_ages.parent AND windowed.person_id = parent_ages.person_id
    LEFT JOIN impossible_ages
        ON windowed.parent = impossible_ages.parent
        AND windowed.person_id = impossible_ages.person_id
    LEFT JOIN index_families
        ON windowed.parent = index_families.parent
        AND windowed.person_id = index_families.person_id
),

-- Mothers from 14 to 50, fathers of any age; an unknown age stays.
parents AS (
    SELECT *
    FROM aged
    WHERE
        parent = 'father'
        OR age IS NULL
        OR (age >= $youngest_mother AND age <= $oldest_mother)
),

any_returns AS (
    SELECT parents.parent, parents.person_id, MIN(sets.set_issue_date) AS return_date
    FROM parents
    INNER JOIN sets ON parents.parent = sets.parent AND parents.person_id = sets.person_id
    WHERE sets.set_number > 1
    GROUP BY parents.parent, parents.person_id
),

-- A later set with a child of the parent's born after the index issue.
new_child_returns AS (
    SELECT parents.parent, parents.person_id, MIN(set_cases.set_issue_date) AS return_date
    FROM parents
    INNER JOIN set_cases
        ON parents.parent = set_cases.owner AND parents.person_id = set_cases.person_id
    INNER JOIN owner_children
        ON set_cases.owner = owner_children.owner
        AND set_cases.person_id = owner_children.person_id
        AND set_cases.case_id = owner_children.case_id
    WHERE set_cases.set_number > 1 AND owner_children.birth_week > parents.index_date
    GROUP BY parents.parent, parents.person_id
),

set_counts AS (
    SELECT parents.parent, parents.person_id, MAX(sets.set_number) AS sets
    FROM parents
    INNER JOIN sets ON parents.parent = sets.parent AND parents.person_id = sets.person_id
    GROUP BY parents.parent, parents.person_id
),

-- The most interventionist level among the children of the index set, and the first date of it.
index_orders AS (
    SELECT
        parents.parent,
        parents.person_id,
        final_orders.final_order,
        final_orders.final_order_date,
        final_orders.case_level,
        ROW_NUMBER() OVER (
            PARTITION BY parents.parent, parents.person_id
            ORDER BY final_orders.intervention, final_orders.final_order_date, final_orders.child_id
        ) AS place
    FROM parents
    INNER JOIN final_orders
        ON parents.parent = final_orders.owner AND parents.person_id = final_orders.person_id
    WHERE final_orders.set_number = 1 AND final_orders.final_order_date IS NOT NULL
)

SELECT
    parents.parent,
    parents.person_id,
    parents.nation,
    parents.region,
    parents.dfj_area,
    parents.index_date,
    CASE
        WHEN EXTRACT(MONTH FROM parents.index_date) >= 4 THEN EXTRACT(YEAR FROM parents.index_date)
        ELSE EXTRACT(YEAR FROM parents.index_date) - 1
    END AS year,
    parents.age,
    parents.age_impossible,
    parents.children,
    parents.youngest_birth_week,
    any_returns.return_date AS any_return_date,
    new_child_returns.return_date AS new_child_return_date,
    set_counts.sets,
    index_orders.final_order,
    index_orders.final_order_date,
    COALESCE(index_orders.case_level, FALSE) AS order_case_level
FROM parents
INNER JOIN set_counts
    ON parents.parent = set_counts.parent AND parents.person_id = set_counts.person_id
LEFT JOIN any_returns
    ON parents.parent = any_returns.parent AND parents.person_id = any_returns.person_id
LEFT JOIN new_child_returns
    ON parents.parent = new_child_returns.parent
    AND parents.person_id = new_child_returns.person_id
LEFT JOIN index_orders
    ON parents.parent = index_orders.parent
    AND parents.person_id = index_orders.person_id
    AND index_orders.place = 1
