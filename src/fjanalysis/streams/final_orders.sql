-- The final legal order of each child of an owner in each set: the most interventionist among those
-- made for the child in any case of the set, whatever the application, from the set's issue on.
WITH
set_children AS (
    SELECT DISTINCT
        set_cases.owner,
        set_cases.person_id,
        set_cases.set_number,
        set_cases.set_issue_date,
        owner_children.child_id
    FROM owner_children
    INNER JOIN set_cases
        ON owner_children.owner = set_cases.owner
        AND owner_children.person_id = set_cases.person_id
        AND owner_children.case_id = set_cases.case_id
),

-- Closure is that of the set's last open case; null where one is open.
set_closures AS (
    SELECT
        set_cases.owner,
        set_cases.person_id,
        set_cases.set_number,
        CASE
            WHEN COUNT(*) = COUNT(CASE WHEN cases.closed_date <= $follow_up_end THEN 1 END)
                THEN MAX(cases.closed_date)
        END AS closed_date
    FROM set_cases
    INNER JOIN cases ON set_cases.case_id = cases.case_id
    GROUP BY set_cases.owner, set_cases.person_id, set_cases.set_number
),

-- Legal outputs before April 2010 are not used; interim orders never are.
ranked_orders AS (
    SELECT
        case_id,
        person_id AS child_id,
        order_date,
        case_level,
        CASE order_type
            WHEN 'placement order' THEN 1
            WHEN 'care order' THEN 2
            WHEN 'special guardianship' THEN 3
            WHEN 'child arrangements' THEN 4
            WHEN 'supervision order' THEN 5
            WHEN 'family assistance order' THEN 6
            ELSE 7
        END AS intervention
    FROM orders
    WHERE
        is_final
        AND order_date <= $follow_up_end
        AND order_date >= DATE '2010-04-01'
        AND order_type IN (
            'placement order', 'care order', 'special guardianship', 'child arrangements',
            'supervision order', 'family assistance order', 'no order', 'dismissed', 'withdrawn'
        )
),

set_orders AS (
    SELECT
        set_children.owner,
        set_children.person_id,
        set_children.set_number,
        set_children.child_id,
        ranked_orders.intervention,
        MIN(ranked_orders.order_date) AS order_date,
        BOOL_OR(ranked_orders.case_level) AS case_level
    FROM set_children
    INNER JOIN set_cases
        ON set_children.owner = set_cases.owner
        AND set_children.person_id = set_cases.person_id
        AND set_children.set_number = set_cases.set_number
    INNER JOIN ranked_orders
        ON set_cases.case_id = ranked_orders.case_id
        AND set_children.child_id = ranked_orders.child_id
    WHERE ranked_orders.order_date >= set_children.set_issue_date
    GROUP BY
        set_children.owner,
        set_children.person_id,
        set_children.set_number,
        set_children.child_id,
        ranked_orders.intervention
),

highest_orders AS (
    SELECT
        *,
        ROW_NUMBER() OVER (
            PARTITION BY owner, person_id, set_number, child_id
            ORDER BY intervention
        ) AS place
    FROM set_orders
)

SELECT
    set_children.owner,
    set_children.person_id,
    set_children.set_number,
    set_children.set_issue_date,
    set_children.child_id,
    CASE highest_orders.intervention
        WHEN 1 THEN 'placement order'
        WHEN 2 THEN 'care order'
        WHEN 3 THEN 'special guardianship'
        WHEN 4 THEN 'child arrangements'
        WHEN 5 THEN 'supervision order'
        WHEN 6 THEN 'family assistance order'
        WHEN 7 THEN 'no order'
        ELSE CASE
            WHEN set_closures.closed_date IS NULL THEN 'still open' ELSE 'no order recorded'
        END
    END AS final_order,
    COALESCE(highest_orders.intervention, 8) AS intervention,
    highest_orders.order_date AS final_order_date,
    COALESCE(highest_orders.case_level, FALSE) AS case_level
FROM set_children
INNER JOIN set_closures
    ON set_children.owner = set_closures.owner
    AND set_children.person_id = set_closures.person_id
    AND set_children.set_number = set_closures.set_number
LEFT JOIN highest_orders
    ON set_children.owner = highest_orders.owner
    AND set_children.person_id = highest_orders.person_id
    AND set_children.set_number = highest_orders.set_number
    AND set_children.child_id = highest_orders.child_id
    AND highest_orders.place = 1
