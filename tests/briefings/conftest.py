"""What tests of the right side share."""

from pathlib import Path

import pytest

from fjanalysis.briefings.brand import read_brand

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def brand():
    """The project's own brand."""
    return read_brand(ROOT / "_brand.yml")
