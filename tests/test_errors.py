"""A user error is a sentence with a place and a remedy, and its class has the promised exit code."""

import pytest

from fjanalysis import errors


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("UsageError", 2),
        ("SourceError", 10),
        ("NotebookError", 11),
        ("DisclosureError", 12),
        ("RenderError", 13),
        ("VerificationError", 14),
        ("MachineError", 15),
    ],
)
def test_each_class_has_its_exit_code(name, code):
    assert getattr(errors, name).exit_code == code


def test_a_sentence_says_what_where_and_how_to_mend():
    error = errors.SourceError("A column is missing.", where="ECMS_CASES", mend="Map it.")
    assert error.sentence == "A column is missing.\nWhere: ECMS_CASES\nTo mend: Map it."
    assert str(error) == error.sentence
    assert errors.UsageError("It is wrong.").sentence == "It is wrong."


def test_near_misses_are_suggested_and_far_ones_are_not():
    known = ["recurrence", "urgent-hearings"]
    assert errors.nearest("recurence", known) == " Did you mean 'recurrence'?"
    assert errors.nearest("xyz", known) == ""
