"""Two refreshes of the same seed revise each other as those of a live system do, and only so."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from fjanalysis.sources.synthetic import revisions, synthesise
from fjanalysis.sources.synthetic.generator import draw_world
from fjanalysis.sources.synthetic.records import NEVER, PUBLIC, day, year_of

SCALE, SEED = 0.05, 5
FIRST, SECOND = "2026-02-01", "2026-08-01"
RECORDS = {
    "CASES": "case",
    "APPLICATIONS": "application",
    "PEOPLE": "person",
    "LEGALOUTPUTS": "order",
}
# What time alone changes: cases and applications end.
BY_TIME = {"CASESTATU_ID", "CLOSUREDATE", "DATECOMPLETED", "DATEAPPLICATIONCOMPLETED"}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    place = tmp_path_factory.mktemp("revisions")
    for date in (FIRST, SECOND):
        synthesise(place / date, date, scale=SCALE, seed=SEED)
    return place / FIRST, place / SECOND


def table(folder: Path, name: str) -> pd.DataFrame:
    (path,) = folder.glob(f"CAFE_ECMS_{name}_*.parquet")
    frame = pq.read_table(path).to_pandas(date_as_object=True)
    return frame.drop(columns="AVAIL_FROM_DT").drop_duplicates("ID_PE").set_index("ID_PE")


def revised(folder: Path, system: str = "ecms") -> pd.DataFrame:
    frame = pq.read_table(folder / "truth" / "revisions.parquet").to_pandas(date_as_object=True)
    return frame[frame["system"] == system]


def due(folder: Path) -> pd.DataFrame:
    """The revisions that fall between the two refreshes."""
    frame = revised(folder)
    dates = pd.to_datetime(frame["until"])
    return frame[(dates > FIRST) & (dates <= SECOND)]


@pytest.mark.parametrize("name", list(RECORDS))
def test_a_record_changes_from_refresh_to_refresh_only_by_time_or_by_a_revision(folders, name):
    before, after = (table(folder, name) for folder in folders)
    merged = set(due(folders[0])["key"])
    assert set(before.index) - set(after.index) <= merged
    later = after.loc[before.index.intersection(after.index)]
    columns = [column for column in before if column not in BY_TIME]
    one, two = before.loc[later.index, columns], later[columns]
    differs = ((one != two) & ~(one.isna() & two.isna())).any(axis=1)
    changed = set(later.index[differs])
    assert changed, "something is put right in six months"
    own = due(folders[0])
    explained = set(own[own["record"] == RECORDS[name]]["key"])
    if name == "APPLICATIONS":
        cases = set(own[own["kind"] == "court corrected"]["key"])
        explained |= set(before.index[before["CASE_ID_PE"].isin(cases)])
    if name == "LEGALOUTPUTS":
        explained |= set(before.index[before["PERSON_ID_PE"].isin(merged)])
    assert changed <= explained


def test_what_time_changes_happens_after_the_earlier_refresh(folders):
    before, after = (table(folder, "CASES") for folder in folders)
    joined = before.join(after, rsuffix="_later")
    changed = joined[joined["CLOSUREDATE"].isna() & joined["CLOSUREDATE_later"].notna()]
    # A case closed before it was received is a fault of its own: such dates are older.
    newly = pd.to_datetime(changed["CLOSUREDATE_later"])
    assert (newly > FIRST).mean() > 0.99
    kept = joined[joined["CLOSUREDATE"].notna()]
    assert (kept["CLOSUREDATE"] == kept["CLOSUREDATE_later"]).all()


def test_a_case_that_is_new_was_issued_since_or_entered_late(folders):
    before, after = (table(folder, "APPLICATIONS") for folder in folders)
    new = after.loc[after.index.difference(before.index)]
    old = new[pd.to_datetime(new["DATERECEIVED"]) <= pd.Timestamp(FIRST)]
    late = due(folders[0])
    late = set(late[(late["record"] == "case") & (late["kind"] == "late entry")]["key"])
    assert len(old) > 0
    # A date of application that was corrected meanwhile accounts for the odd one.
    assert old["CASE_ID_PE"].isin(late).mean() > 0.95


def test_persons_entered_twice_become_one(folders):
    earlier, later = folders
    merged = due(earlier)
    merged = merged[merged["kind"] == "person merged"]
    assert len(merged) > 0
    pairs = dict(zip(merged["key"], merged["merged_into"].astype("int64"), strict=True))
    before, after = table(earlier, "PEOPLE"), table(later, "PEOPLE")
    assert set(pairs) <= set(before.index)
    assert set(pairs.values()) <= set(before.index)
    assert not set(pairs) & set(after.index)
    assert set(pairs.values()) <= set(after.index)
    roles = table(earlier, "PERSONSONAPPLICATIONS")
    moved = roles[roles["PERSON_ID_PE"].isin(pairs)]
    assert set(moved["PERSON_ID_PE"]) == set(pairs)
    now = table(later, "PERSONSONAPPLICATIONS").loc[moved.index, "PERSON_ID_PE"]
    assert (now == moved["PERSON_ID_PE"].map(pairs)).all()
    assert not table(later, "PERSONSONAPPLICATIONS")["PERSON_ID_PE"].isin(pairs).any()


def test_the_frozen_system_is_the_same_at_both_refreshes(folders):
    names = [path.name for path in folders[0].glob("*CMS_T*.parquet")]
    assert len(names) > 10
    for name in names:
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes(), name


@pytest.mark.parametrize(
    ("name", "key", "record", "by_time"),
    [
        ("INCIDENT", "INCIDENTID_E", "case", {"CAP_CLOSEDDATE"}),
        ("APPLICATION", "CAP_APPLICATIONID_E", "application", {"CAP_DATEOFCOMPLETION"}),
        ("CONTACTS", "CONTACTID_E", "person", set()),
        ("HEARINGOUTCOME", "CAP_HEARINGOUTCOMEID_E", "order", {"CAP_HEARINGID_E"}),
    ],
)
def test_cymru_too_changes_only_by_time_or_by_a_revision(folders, name, key, record, by_time):
    frames = []
    for folder in folders:
        (path,) = folder.glob(f"CAFW_CAFCASS_{name}_*.parquet")
        frame = pq.read_table(path).to_pandas(date_as_object=True).drop(columns="AVAIL_FROM_DT")
        frames.append(frame.drop_duplicates(key).set_index(key).drop(columns=list(by_time)))
    before, after = frames
    own = revised(folders[0], "cymru")
    assert set(before.index) - set(after.index) <= set(own["key"])
    later = after.loc[before.index.intersection(after.index)]
    one = before.loc[later.index]
    differs = ((one != later) & ~(one.isna() & later.isna())).any(axis=1)
    explained = set(own[own["record"] == record]["key"])
    if name == "APPLICATION":
        cases = set(own[own["kind"] == "court corrected"]["key"])
        explained |= set(one.index[one["CAP_INCIDENTID_E"].isin(cases)])
    assert set(later.index[differs]) <= explained


def test_an_earlier_refresh_does_not_depend_on_when_it_is_made(folders, tmp_path):
    synthesise(tmp_path / "again", FIRST, scale=SCALE, seed=SEED)
    for path in sorted(folders[0].glob("*.parquet")):
        assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes(), path.name


@pytest.fixture(scope="module")
def england() -> tuple:
    world = draw_world(0.2, (SEED,))
    cases = world.cases.columns()
    wanted = (cases["region"] != 9) & (cases["issue"] >= day("2014-04-22"))
    held = revisions.ledger_of(world, wanted, (SEED, 0, 1), world.persons.length, True)
    return world, wanted, held


@pytest.mark.parametrize(
    ("field", "table", "kind"),
    [
        ("issue", "applications", "application date corrected"),
        ("court", "cases", "court corrected"),
        ("sex", "persons", "sex corrected"),
        ("birth", "persons", "birth week corrected"),
    ],
)
def test_values_are_corrected_at_the_stated_rate(england, field, table, kind):
    _, _, held = england
    population = (held.known[table] < NEVER).sum()
    found, wanted = len(held.corrections[field].rows), population * revisions.RATES[kind]
    assert abs(found - wanted) < 4 * np.sqrt(wanted)


def test_records_are_entered_late_at_the_stated_rates(england):
    world, wanted, held = england
    delay = held.known["cases"] - world.cases.column("issue")
    delay = delay[wanted]
    soon, very = ((delay > 0) & (delay < 75)).mean(), (delay >= 75).mean()
    assert soon == pytest.approx(revisions.RATES["late entry of a case"], rel=0.05)
    assert very == pytest.approx(revisions.RATES["very late entry of a case"], rel=0.2)
    for name, kind in (("hearings", "hearing"), ("orders", "order")):
        rate = revisions.RATES[f"late entry of a{'n' if kind == 'order' else ''} {kind}"]
        assert len(held.late[name]) / (held.known[name] < NEVER).sum() == pytest.approx(
            rate, rel=0.08
        )


def test_persons_with_a_second_case_are_entered_twice_at_the_stated_rate(england):
    world, _, held = england
    known = held.known["roles"] < NEVER
    case = world.applications.column("case")[world.roles.column("application")]
    frame = pd.DataFrame({"person": world.roles.column("person"), "case": case})[known]
    several = (frame.groupby("person")["case"].nunique() > 1).sum()
    wanted = several * revisions.RATES["person merged"]
    assert abs(len(held.doubles.person) - wanted) < 4 * np.sqrt(wanted)
    never = (held.doubles.until == NEVER).mean()
    assert never == pytest.approx(revisions.NEVER_MERGED, abs=0.04)


def test_a_year_moves_between_releases_by_as_little_as_the_published_ones_do(england):
    """Between the first release and a later one Cafcass's years moved by 0.01% to 0.4%."""
    world, wanted, held = england
    cases = world.cases.columns()
    care = wanted & (cases["law"] == PUBLIC)
    shares = []
    for year in range(2015, 2024):
        mine = care & (year_of(cases["issue"]) == year)
        release = day(f"{year + 1}-05-01")
        shares.append((held.known["cases"][mine] > release).mean())
    assert 0.0001 < np.mean(shares) < 0.004


def test_without_faults_nothing_is_revised(tmp_path):
    synthesise(tmp_path / "clean", FIRST, scale=0.01, seed=SEED, faults=False)
    assert pq.read_table(tmp_path / "clean" / "truth" / "revisions.parquet").num_rows == 0
    assert pq.read_table(tmp_path / "clean" / "truth" / "faults.parquet").num_rows == 0
    issued = table(tmp_path / "clean", "APPLICATIONS")["DATEOFAPPLICATION"]
    assert issued.max() > dt.date(2026, 1, 25)
