-- Children's ended sets of care proceedings: one row a child and set with a final order, and the first
-- private case about the child after it. Reads `final_orders`, `child_sets` and `issued_cases`.
WITH
ordered_sets AS (
    SELECT
        final_orders.child_id,
        final_orders.set_number,
        final_orders.final_order_date,
        cases.nation,
        cases.region,
        cases.dfj_area
    FROM final_orders
    INNER JOIN child_sets
        ON final_orders.owner = child_sets.owner
        AND final_orders.person_id = child_sets.person_id
        AND final_orders.set_number = child_sets.set_number
        AND final_orders.child_id = child_sets.child_id
    INNER JOIN cases ON child_sets.case_id = cases.case_id
    WHERE final_orders.final_order_date IS NOT NULL
),

later_private AS (
    SELECT ordered_sets.child_id, ordered_sets.set_number, MIN(issued_cases.issue_date) AS private_date
    FROM ordered_sets
    INNER JOIN private_children ON ordered_sets.child_id = private_children.child_id
    INNER JOIN issued_cases ON private_children.case_id = issued_cases.case_id
    WHERE issued_cases.issue_date > ordered_sets.final_order_date
    GROUP BY ordered_sets.child_id, ordered_sets.set_number
)

SELECT
    ordered_sets.child_id,
    ordered_sets.set_number,
    ordered_sets.nation,
    ordered_sets.region,
    ordered_sets.dfj_area,
    ordered_sets.final_order_date,
    YEAR(ordered_sets.final_order_date)
    - CASE WHEN MONTH(ordered_sets.final_order_date) < 4 THEN 1 ELSE 0 END AS year,
    later_private.private_date
FROM ordered_sets
LEFT JOIN later_private
    ON ordered_sets.child_id = later_private.child_id
    AND ordered_sets.set_number = later_private.set_number
