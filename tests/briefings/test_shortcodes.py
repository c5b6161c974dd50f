"""Shortcodes are read with their places, and broken ones are named before any renderer sees them."""

import pytest

from fjanalysis.briefings.shortcodes import BrokenShortcodeError, calls


def test_arguments_are_read_quoted_and_bare():
    text = """A {{< value "cases.count" area="North East" horizon=5 group='age: "old"' >}} b"""
    (call,) = calls(text)
    assert call.name == "value"
    assert call.args == ("cases.count",)
    assert dict(call.kwargs) == {"area": "North East", "horizon": "5", "group": 'age: "old"'}
    assert call.unquoted == ("horizon",)
    assert text[call.start : call.end].startswith("{{< value")


def test_two_calls_with_the_same_arguments_in_another_order_have_one_key():
    one, other = calls(
        '{{< value "a.count" area="x" period="y" >}} {{< value "a.count" period="y" area="x" >}}'
    )
    assert one.key == other.key


def test_an_escaped_shortcode_is_text():
    assert list(calls('Write {{{< value "a.count" >}}} to print a number.')) == []


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('{{< value "a.count" area="Wales">}} and more', "space"),
        ('{{<value "a.count" >}}', "space"),
        ('{{< value "a.count"', "not closed"),
        ('{{< value "a.count"\n\nnext {{< value "b.count" >}}', "not closed"),
        ('{{< value "a.count area= >}}', "cannot be read"),
        ('{{< value “a.count” area="a" area="b" >}}', "twice"),
        ("{{<  >}}", "no name"),
    ],
)
def test_a_broken_shortcode_is_refused_with_its_place(text, what):
    with pytest.raises(BrokenShortcodeError, match=what) as caught:
        list(calls(f"Before. {text}"))
    assert caught.value.at == 8
