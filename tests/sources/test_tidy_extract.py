"""A source with a layout of its own comes in by a mapping file and nothing else."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import duckdb
import pytest

import fjanalysis
from fjanalysis.errors import SourceError
from fjanalysis.project import Project, open_project
from fjanalysis.refresh.ingest import ingest
from fjanalysis.refresh.model import Refresh
from fjanalysis.sources.mapping import built_in, read_mapping
from fjanalysis.sources.synthetic import synthesise

DATE = "2020-04-01"
ROOT = Path(__file__).parents[2]

# The extract as its authors lay it out, made from a refresh; ids of places are those of ECMS.
EXTRACT = {
    "case": """
        WITH heard AS (
          SELECT case_id, min(hearing_date) AS first, max(hearing_date) AS last, count(*) AS n
          FROM hearings GROUP BY case_id
        ),
        made AS (
          SELECT
            case_id, max(order_date) AS final_order_date,
            bool_or(order_type IN ('no order', 'dismissed', 'withdrawn')) AS dis_ono,
            bool_or(order_type IN ('family assistance order', 'supervision order')) AS fao_so,
            bool_or(order_type IN ('special guardianship', 'child arrangements')) AS ro_sgo_cao,
            bool_or(order_type = 'care order') AS co_sao, bool_or(order_type = 'placement order') AS po
          FROM orders WHERE is_final GROUP BY case_id
        )
        SELECT
          substr(c.case_id, 2)::BIGINT AS case_id,
          CASE WHEN closed_date IS NULL THEN 'Open' ELSE 'Completed' END AS case_status,
          received_date AS case_start_date, a.ID AS la_id, k.COURT_ID AS first_court_id,
          w.DJAREAREF_ID AS first_dfj_area_id, heard.first AS hearing_first_date,
          heard.last AS hearing_last_date, heard.n AS hearing_count, final_order_date,
          dis_ono AS any_final_order_dis_ono, fao_so AS any_final_order_fao_so,
          ro_sgo_cao AS any_final_order_ro_sgo_cao, co_sao AS any_final_order_co_sao,
          po AS any_final_order_po
        FROM cases AS c
        JOIN ecms_cases AS e ON c.case_id = 'E' || e.ID_PE
        LEFT JOIN authorities AS a ON e.LOCALAUTHORITY_ID = a.ID
        LEFT JOIN court_levels AS k ON e.COURTCOURTLEVELREF_ID = k.ID
        LEFT JOIN courts AS w ON k.COURT_ID = w.ID
        LEFT JOIN heard USING (case_id) LEFT JOIN made USING (case_id)
        WHERE law_type = 'public' AND c.system = 'ecms'
        QUALIFY row_number() OVER (PARTITION BY c.case_id ORDER BY a.ID, k.COURT_ID) = 1""",
    "case_app": """
        SELECT DISTINCT
          substr(case_id, 2)::BIGINT AS case_id,
          CASE application_type WHEN 'care' THEN 'Care (s31)' WHEN 'supervision' THEN 'Supervision (s31)'
            WHEN 'emergency protection' THEN 'EPO (s44)' ELSE 'Inherent Jurisdiction/Wardship' END
            AS app_type_name
        FROM applications JOIN cases USING (case_id) WHERE law_type = 'public' AND cases.system = 'ecms'""",
    "case_adult": """
        SELECT DISTINCT
          substr(case_id, 2)::BIGINT AS case_id, substr(person_id, 2)::BIGINT AS adult_id,
          30 AS first_app_start_age, deprivation_quintile AS address_imd_quintile
        FROM roles JOIN persons USING (person_id) JOIN cases USING (case_id)
        WHERE role = 'respondent' AND law_type = 'public' AND cases.system = 'ecms'""",
    "hearing": """
        SELECT substr(case_id, 2)::BIGINT AS case_id, hearing_date, court AS court_id
        FROM hearings JOIN cases USING (case_id) WHERE law_type = 'public' AND cases.system = 'ecms'""",
}
CHILDREN = """
    SELECT DISTINCT
      substr(case_id, 2)::BIGINT AS case_id, substr(person_id, 2)::BIGINT AS child_id, birth_week, sex
    FROM roles JOIN persons USING (person_id) JOIN cases USING (case_id)
    WHERE role = 'subject' AND law_type = 'public' AND cases.system = 'ecms'"""


def project_at(folder: Path, mapping: str, root: Path = ROOT) -> Project:
    project = open_project(folder, start=ROOT)
    own = project.settings.source.model_copy(update={"mappings": (mapping,)})
    settings = project.settings.model_copy(update={"source": own})
    return dataclasses.replace(project, root=root, settings=settings)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("tidy") / "source"
    synthesise(place, DATE, scale=0.01, seed=3, faults=False)
    return place


@pytest.fixture(scope="module")
def refresh(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Refresh:
    return ingest(project_at(tmp_path_factory.mktemp("ecms"), "ecms"), DATE, str(source)).refresh


def write_extract(refresh: Refresh, source: Path, folder: Path, *, children: bool) -> Path:
    folder.mkdir()
    with refresh.connect() as connection:
        for view, name in (
            ("ecms_cases", "CAFE_ECMS_CASES"),
            ("authorities", "ECMS_LOCALAUTHORITIES"),
            ("court_levels", "ECMS_COURTCOURTLEVELREFS"),
            ("courts", "ECMS_COURTS"),
        ):
            (path,) = source.glob(f"{name}_2*.parquet")
            connection.execute(f"CREATE VIEW {view} AS FROM '{path}'")
        tables = {**EXTRACT, **({"case_child": CHILDREN} if children else {})}
        for name, select in tables.items():
            connection.execute(f"COPY ({select} ORDER BY ALL) TO '{folder / name}.csv'")
    for name in ("ECMS_LOCALAUTHORITIES", "ECMS_COURTS", "ECMS_DJAREAREFS"):
        (path,) = source.glob(f"{name}_*.parquet")
        duckdb.sql(f"COPY (FROM '{path}') TO '{folder / name}.csv'")
    return folder


@pytest.fixture(scope="module")
def extract(refresh: Refresh, source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("extract") / "extract"
    return write_extract(refresh, source, place, children=True)


@pytest.fixture(scope="module")
def tidy(extract: Path, tmp_path_factory: pytest.TempPathFactory) -> Refresh:
    return ingest(project_at(tmp_path_factory.mktemp("w"), "tidy"), DATE, str(extract)).refresh


def rows(refresh: Refresh, select: str) -> list[tuple]:
    with refresh.connect() as connection:
        return connection.execute(select).fetchall()


def test_the_package_knows_of_the_extract_by_its_mapping_file_alone():
    assert "tidy" in built_in()
    package = Path(fjanalysis.__file__).parent
    for folder in ("sources", "refresh"):
        for path in (package / folder).rglob("*.py"):
            assert '"tidy"' not in path.read_text(encoding="utf-8"), path


@pytest.mark.parametrize(
    "select",
    [
        "SELECT count(*), count(region), count(DISTINCT region), min(received_date) FROM cases WHERE law_type = 'public'",
        "SELECT region, dfj_area, count(*) FROM cases WHERE law_type = 'public' GROUP BY ALL ORDER BY ALL",
        "SELECT count(DISTINCT (case_id, hearing_date)) FROM hearings JOIN cases USING (case_id) WHERE law_type = 'public'",
        "SELECT application_type, count(DISTINCT case_id) FROM applications JOIN cases USING (case_id) "
        "WHERE application_type IN ('care', 'supervision', 'emergency protection') GROUP BY 1 ORDER BY 1",
        "SELECT count(DISTINCT (r.case_id, person_id)) FROM roles AS r JOIN cases USING (case_id) "
        "WHERE role = 'subject' AND law_type = 'public'",
        "SELECT birth_week, count(DISTINCT person_id) FROM roles JOIN persons USING (person_id) JOIN cases USING (case_id) "
        "WHERE role = 'subject' AND law_type = 'public' GROUP BY 1 ORDER BY 1",
        "SELECT count(DISTINCT case_id) FROM orders JOIN cases USING (case_id) "
        "WHERE is_final AND order_type = 'placement order' AND law_type = 'public'",
    ],
)
def test_the_extract_tells_the_same_as_the_records_that_it_was_made_from(refresh, tidy, select):
    assert rows(tidy, select) == rows(refresh, select)


def test_what_the_layout_does_not_hold_is_unknown_and_said_so(tidy):
    assert rows(tidy, "SELECT DISTINCT law_type, system, nation FROM cases") == [
        ("public", "tidy", "England")
    ]
    adults = "SELECT count(birth_week), max(deprivation_quintile) FROM persons WHERE person_id LIKE 'UA%'"
    assert rows(tidy, adults) == [(0, 5)]
    assert rows(tidy, "SELECT bool_and(case_level) FROM orders") == [(True,)]
    missing = tidy.quality[tidy.quality["group"] == "field: ethnicity"]
    assert missing["value"].eq(100).all()
    assert "system: tidy; table: cases" in set(tidy.quality["group"])
    assert tidy.data_start["England", "public"] >= dt.date(2014, 1, 1)


def test_the_published_files_alone_are_enough(refresh, source, tmp_path):
    folder = write_extract(refresh, source, tmp_path / "bare", children=False)
    for name in ("ECMS_LOCALAUTHORITIES", "ECMS_COURTS", "ECMS_DJAREAREFS"):
        (folder / f"{name}.csv").unlink()
    bare = ingest(project_at(tmp_path / "w", "tidy"), DATE, str(folder)).refresh
    public = "SELECT count(*) FROM cases WHERE law_type = 'public'"
    assert rows(bare, public) == rows(refresh, public)
    assert rows(bare, "SELECT DISTINCT role FROM roles") == [("respondent",)]
    assert rows(bare, "SELECT count(*) FROM orders") == [(0,)]


def test_names_that_the_published_code_does_not_give_are_marked_as_assumed(tmp_path):
    assumed = read_mapping("tidy", tmp_path).assumed
    assert "CASE_CHILD.child_id" in assumed
    assert not [name for name in assumed if name.startswith(("CASE.", "HEARING.", "CASE_APP."))]


def test_a_file_of_ones_own_corrects_the_mapping_and_names_a_system_of_its_own(extract, tmp_path):
    for path in extract.iterdir():
        text = path.read_text(encoding="utf-8")
        if path.name == "hearing.csv":
            text = text.replace("hearing_date", "listed_on", 1)
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    (tmp_path / "ours.toml").write_text(
        'extends = "tidy"\n[system]\nname = "pilot"\nletter = "P"\n'
        '[tables.hearings.columns.held]\nnames = ["listed_on"]\n'
        '[codes.application_type]\n"Inherent Jurisdiction/Wardship" = "other"\n'
    )
    made = ingest(project_at(tmp_path / "w", "ours.toml", tmp_path), DATE, str(tmp_path)).refresh
    assert rows(made, "SELECT DISTINCT system, left(case_id, 1) FROM cases") == [("pilot", "P")]
    assert rows(made, "SELECT count(*) > 100 FROM hearings") == [(True,)]
    assert rows(made, "SELECT count(*) > 0 FROM applications WHERE application_type = 'other'") == [
        (True,)
    ]


def test_two_mappings_with_one_letter_are_refused(extract, tmp_path):
    project = project_at(tmp_path / "w", "tidy")
    (tmp_path / "ours.toml").write_text('extends = "tidy"\n[system]\nname = "pilot"\n')
    own = project.settings.source.model_copy(update={"mappings": ("tidy", "ours.toml")})
    settings = project.settings.model_copy(update={"source": own})
    with pytest.raises(SourceError, match="letter 'U'"):
        ingest(dataclasses.replace(project, root=tmp_path, settings=settings), DATE, str(extract))
