-- The flow from children's sets to newborn babies, by nation and financial year of issue.
WITH
ages AS (
    SELECT
        nation,
        year,
        COUNT(*) AS all_children,
        COUNT(*) FILTER (WHERE birth_week IS NULL) AS no_birth_week,
        COUNT(*) FILTER (WHERE birth_week > issue_date) AS unborn,
        COUNT(*) FILTER (WHERE birth_week <= issue_date) AS aged
    FROM issued_sets
    GROUP BY nation, year
),

babies AS (
    SELECT
        nation,
        year,
        COUNT(*) AS infants,
        COUNT(*) FILTER (WHERE newborn) AS newborns,
        COUNT(*) FILTER (WHERE newborn AND mother_id IS NOT NULL) AS with_mother,
        COUNT(*) FILTER (WHERE newborn AND notice_days IS NOT NULL) AS with_hearing,
        COUNT(*) FILTER (WHERE newborn AND final_order <> 'still open') AS ended
    FROM infant_sets
    GROUP BY nation, year
)

SELECT
    ages.*,
    ages.aged - COALESCE(babies.infants, 0) AS older,
    babies.infants,
    babies.newborns,
    babies.with_mother,
    babies.with_hearing,
    babies.ended
FROM ages
LEFT JOIN babies ON ages.nation = babies.nation AND ages.year = babies.year
ORDER BY ages.nation, ages.year
