-- Infants in care proceedings: one row a child and set of section 31 proceedings.
-- Reads the refresh's tables, and `child_sets` and `final_orders` of the sets of proceedings.
WITH
-- Every child's set, at the first application in it that names the child, where and when it was issued.
issued_sets AS (
    SELECT
        child_sets.child_id,
        child_sets.owner,
        child_sets.person_id,
        child_sets.mother_id,
        child_sets.set_number,
        child_sets.issue_date,
        child_sets.case_id,
        cases.nation,
        cases.region,
        cases.dfj_area,
        YEAR(child_sets.issue_date)
        - CASE WHEN MONTH(child_sets.issue_date) < 4 THEN 1 ELSE 0 END AS year,
        children.birth_week,
        children.sex,
        children.ethnicity,
        children.deprivation_quintile
    FROM child_sets
    INNER JOIN cases ON child_sets.case_id = cases.case_id
    LEFT JOIN persons AS children ON child_sets.child_id = children.person_id
),

-- Age in completed weeks and years; a birth week after the issue date is an age that nobody knows.
aged_children AS (
    SELECT
        *,
        CAST(FLOOR(DATEDIFF('day', birth_week, issue_date) / 7.0) AS INTEGER) AS age_weeks,
        YEAR(issue_date) - YEAR(birth_week) - CASE
            WHEN MONTH(issue_date) * 100 + DAY(issue_date) < MONTH(birth_week) * 100 + DAY(birth_week)
                THEN 1
            ELSE 0
        END AS age_years
    FROM issued_sets
    WHERE birth_week IS NOT NULL AND birth_week <= issue_date
),

infants AS (
    SELECT
        *,
        age_weeks * 7 < $newborn_days AS newborn
    FROM aged_children
    WHERE age_years < 1
),

-- The first hearing of the case on or after the issue.
first_hearings AS (
    SELECT
        infants.child_id,
        infants.set_number,
        infants.owner,
        MIN(hearings.hearing_date) AS hearing_date
    FROM infants
    INNER JOIN hearings ON infants.case_id = hearings.case_id
    WHERE
        infants.newborn
        AND hearings.hearing_date >= infants.issue_date
        AND hearings.hearing_date <= $follow_up_end
    GROUP BY infants.child_id, infants.set_number, infants.owner
),

-- The mother's age in completed years; under 12 or over 60 at the birth is an age that nobody knows.
mothers AS (
    SELECT
        infants.child_id,
        infants.set_number,
        YEAR(infants.issue_date) - YEAR(persons.birth_week) - CASE
            WHEN
                MONTH(infants.issue_date) * 100 + DAY(infants.issue_date)
                < MONTH(persons.birth_week) * 100 + DAY(persons.birth_week)
                THEN 1
            ELSE 0
        END AS mother_age
    FROM infants
    INNER JOIN persons ON infants.mother_id = persons.person_id
    WHERE
        YEAR(infants.birth_week) - YEAR(persons.birth_week) - CASE
            WHEN
                MONTH(infants.birth_week) * 100 + DAY(infants.birth_week)
                < MONTH(persons.birth_week) * 100 + DAY(persons.birth_week)
                THEN 1
            ELSE 0
        END BETWEEN 12 AND 60
),

-- Earlier sets of the mother, begun within the look-back, that name a child older than this one.
subsequent_infants AS (
    SELECT DISTINCT infants.child_id, infants.set_number
    FROM infants
    INNER JOIN child_sets AS earlier
        ON infants.mother_id = earlier.mother_id AND infants.set_number > earlier.set_number
    INNER JOIN persons AS older ON earlier.child_id = older.person_id
    WHERE
        infants.newborn
        AND older.birth_week < infants.birth_week
        AND YEAR(earlier.set_issue_date) * 10000
        + MONTH(earlier.set_issue_date) * 100
        + DAY(earlier.set_issue_date)
        + $look_back_years * 10000
        >= YEAR(infants.issue_date) * 10000 + MONTH(infants.issue_date) * 100 + DAY(infants.issue_date)
)

SELECT
    infants.child_id,
    infants.set_number,
    infants.case_id,
    infants.mother_id,
    infants.nation,
    infants.region,
    infants.dfj_area,
    infants.year,
    infants.issue_date,
    infants.age_weeks,
    infants.newborn,
    infants.sex,
    infants.ethnicity,
    infants.deprivation_quintile,
    mothers.mother_age,
    DATEDIFF('day', infants.issue_date, first_hearings.hearing_date) AS notice_days,
    DATEDIFF('day', infants.issue_date, $follow_up_end) >= $settling_days AS settled,
    subsequent_infants.child_id IS NOT NULL AS subsequent,
    final_orders.final_order,
    final_orders.case_level
FROM infants
LEFT JOIN first_hearings
    ON infants.child_id = first_hearings.child_id
    AND infants.set_number = first_hearings.set_number
    AND infants.owner = first_hearings.owner
LEFT JOIN mothers
    ON infants.child_id = mothers.child_id AND infants.set_number = mothers.set_number
LEFT JOIN subsequent_infants
    ON infants.child_id = subsequent_infants.child_id
    AND infants.set_number = subsequent_infants.set_number
INNER JOIN final_orders
    ON infants.owner = final_orders.owner
    AND infants.person_id = final_orders.person_id
    AND infants.set_number = final_orders.set_number
    AND infants.child_id = final_orders.child_id
ORDER BY infants.child_id, infants.set_number
