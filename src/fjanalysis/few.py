"""Counts of few people in words: what no label, note, reason or claim may state."""

from __future__ import annotations

import re

PEOPLE = (
    r"(?:cases?|children|child|mothers?|fathers?|parents?|babies|baby|persons?|people|families|applicants?|newborns?|infants?"
    r"|(?:o\s+)?(?:[mf]am(?:au)?|[td]ad(?:au)?|[bp]lant|plentyn|blentyn|[bf]abanod|[bf]abi|achos(?:ion)?|r?h?ieni|bobl|"
    r"theulu(?:oedd)?|deulu(?:oedd)?))"
)
NUMBERS = {
    word: number
    for number, word in enumerate(
        ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine"), start=1
    )
}
_FEW = re.compile(rf"(?<![\w.,-])(\d{{1,4}}|{'|'.join(NUMBERS)})\s+{PEOPLE}\b", re.IGNORECASE)


def few_people(text: str, threshold: int, *, words: bool = True) -> list[str]:
    """Return the phrases of a text that state a count of people from 1 to just under the threshold.

    Parameters
    ----------
    text
        Words in English or Welsh.
    threshold
        Smallest count that may be stated.
    words
        Whether to look for numbers written as words as well; one is then no count, since it is an article.
    """
    found = []
    for match in _FEW.finditer(text):
        word = match[1].lower()
        number = int(word) if word.isdigit() else NUMBERS[word]
        counts = word.isdigit() or (words and number > 1)
        if counts and 0 < number < threshold:
            found.append(match[0])
    return found
