"""Claims hold or not by the released numbers; every form of the grammar, and its errors."""

import pytest

from fjanalysis.briefings.claims import judge
from fjanalysis.briefings.values import Lookup
from fjanalysis.errors import FjanalysisError, RenderError

SAME = "same_day_hearing.percent"
LAST = f'{SAME} area="England" period="last"'
COUNT = 'newborn_cases.count area="England"'
ORDER = 'final_order.percent area="England" period="last" group="final order'


@pytest.fixture(scope="module")
def lookup(small_pack):
    return Lookup(small_pack, "urgent-hearings")


@pytest.mark.parametrize(
    ("claim", "holds"),
    [
        # England's share is 12.8% in the first year and 21.3% in the last; counts are 2,335 and 2,980.
        (f"{LAST} > 21", True),
        (f"{LAST} > 22", False),
        (f"20 < {LAST} <= 22", True),
        (f"{LAST} between 21 and 22", True),
        (f"{LAST} between 22 and 23", False),
        (f"{LAST} = 21", True),
        (f"{LAST} = 21.0", False),
        (f"{LAST} = 21.3%", True),
        ('newborn_cases.count area="England" period="last" >= 2,980', True),
        (f"{LAST} > 22 or {LAST} > 21", True),
        (f"{LAST} > 22 or {LAST} > 21 and {LAST} > 30", False),
        (f"({LAST} > 22 or {LAST} > 21) and {LAST} > 20", True),
        (f"{LAST} between 21 and 22 and {LAST} < 21", False),
        (
            'change(newborn_cases.count area="England" from="first" to="last") between 27 and 28',
            True,
        ),
        (f'change({SAME} area="England" from="first" to="last") between 8 and 9', True),
        (
            'ratio(newborn_cases.count area="England" period="last", '
            'newborn_cases.count area="England" period="first") > 1.2',
            True,
        ),
        (f'{SAME} area="North East" period="last" highest over area', True),
        (f'{SAME} area="North East" period="last" lowest over area', False),
        (f"{LAST} highest over period", True),
        (f'rank({SAME} area="North West" period="last") = 2', True),
        (f'{SAME} area="England" rises', True),
        (f'{SAME} area="England" falls', False),
        (f'{SAME} area="Wales" rises', False),  # higher, but the intervals overlap
        ('newborn_cases.count area="England" rises from="2012-13" to="2013-14"', True),
        (f'{LAST} differs from {SAME} area="Wales" period="last"', False),
        (f'{LAST} differs from {SAME} area="England" period="first"', True),
        (f"{LAST} < 22", True),
        (f"{LAST} < 21", False),
        (f"{LAST} <= 21", False),
        (f'{COUNT} period="last" >= 2,981', False),
        (f"{LAST} = {LAST}", True),
        (f'{LAST} = {SAME} area="England" period="first"', False),
        (f'change({COUNT} from="first" to="last") > 30', False),
        (f'change({COUNT} from="last" to="first") < 0', True),
        (f'ratio({COUNT} period="last", {COUNT} period="first") > 2', False),
        (f"rank({LAST} over period) = 1", True),
        (f"rank({LAST} over period) > 1", False),
        (f'{SAME} area="South West" period="last" lowest over area', True),
        (f'{SAME} area="England" period="first" lowest over period', True),
        (f'{SAME} area="England" period="first" highest over period', False),
        (f'{ORDER}: placement order" highest over group', True),
        (f'{ORDER}: care order" highest over group', False),
        (f'{SAME} area="England" falls from="last" to="first"', True),
        (f'{COUNT} falls from="2012-13" to="2013-14"', False),
        (f"({LAST} > 22) or ({LAST} < 1)", False),
        (f"urgent-hearings/{LAST} > 1", True),
    ],
)
def test_a_claim_holds_by_the_numbers(lookup, claim, holds):
    verdict = judge(claim, lookup)
    assert verdict.holds is holds, verdict.why
    assert verdict.why
    assert verdict.keys


def test_a_withheld_number_makes_a_claim_stale_and_says_so(lookup):
    withheld = 'newborn_cases.count area="North East" period="2019-20"'
    verdict = judge(f"{withheld} < 1000", lookup)
    assert not verdict.holds
    assert "not released" in verdict.why
    assert judge(f"{withheld} between 1 and 1000 or {LAST} > 1", lookup).holds


def test_a_claim_names_all_results_that_it_rests_on(lookup):
    verdict = judge(f'{LAST} > 1 and {SAME} area="England" rises', lookup)
    assert [key.split('period="')[1] for key in verdict.keys] == ['2024-25"', '2012-13"']


@pytest.mark.parametrize(
    ("claim", "what"),
    [
        (f"{LAST} >", "missing before"),
        (LAST, "comparison is missing"),
        (f"{LAST} > 1 and", "missing before"),
        (f"({LAST} > 1", "missing before"),
        (f"{LAST} > 1 )", "not expected"),
        (f"{LAST} highest over town", "'over' needs one of"),
        (f"{LAST} rises", "so their key has none"),
        (f"{LAST} differs from 3", "needs a key"),
        (f"change({LAST}) > 1", "change takes"),
        ("more than half", "missing before"),
        ("§", "cannot be read"),
        (f"{LAST} between 1", "'and' is missing"),
        (f"{LAST} > 1 {LAST}", "not expected"),
        (f'{SAME} area="England" rises > 1', "not expected"),
        (f"ratio({LAST}) > 1", "missing before"),
        ("rank(3) = 1", "rank takes a key"),
    ],
)
def test_a_claim_that_is_not_well_formed_is_refused(lookup, claim, what):
    with pytest.raises(RenderError, match=what):
        judge(claim, lookup)


def test_a_claim_about_nothing_released_names_the_nearest_key(lookup):
    with pytest.raises(FjanalysisError, match=r"Did you mean 'same_day_hearing\.percent'"):
        judge('same_day_hearings.percent area="England" period="last" > 1', lookup)
