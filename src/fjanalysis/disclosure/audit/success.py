"""How much an attack tried, and with what success, in numbers and in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fjanalysis.disclosure.audit.reaching import ORDER

# How far programmes were solved, from least to most.
PROVED = ("no", "needless", "yes")


@dataclass(frozen=True)
class Success:
    """How much was attacked, and with what success.

    Parameters
    ----------
    numbers
        Of withheld counts, sums, counts of nobody, and so on.
    earlier, revised
        How many earlier packs of the same records and of other records were used.
    proved
        Whether programmes were solved: `no`, `needless` since single sums tell enough, or `yes`.
    rounded
        Whether they were about rounded counts as well.
    """

    numbers: Counter[str]
    earlier: int
    revised: int
    proved: str
    rounded: bool = False

    def sentences(
        self, reaching: Sequence[Mapping[str, str]], believed: Sequence[Mapping[str, str]]
    ) -> list[str]:
        """Return what is said of it."""
        number, why = self.numbers, Counter(each["why"] for each in reaching)
        said = [
            f"Attacked {number['withheld']} withheld counts through {number['sums']} sums and containments, "
            f"with {self.earlier} earlier packs of the same records.",
            f"Of these, {len(reaching)} can be told to reach the threshold, though none to within it, "
            f"and {number['nobody']} to be nobody.",
            *(f"{why[each]} because {each}." for each in ORDER if why[each]),
        ]
        if number["rounded"]:
            more = f"; each of the others may be two numbers at least, by tables that were found, but for {number['still']}"
            said.append(
                f"Of the {number['rounded']} counts that are shown rounded, {number['exact']} follow exactly from what others "
                f"leave open{more if self.rounded else ''}."
            )
        if self.proved == "yes":
            said += [
                f"Of the {number['asked']} that bounds do not tell, {number['safe']} are proved safe by two tables of whole numbers that "
                f"fit all that is published, {number['relaxed']} by a linear programme only.",
                f"{number['unsettled']} are not settled so: bounds do not tell them, and no two such tables were found.",
            ]
        else:
            said.append(
                "What only follows from several sums added up was not searched"
                + (
                    ", since single ones tell enough."
                    if self.proved == "needless"
                    else ": fjanalysis check --prove does that."
                )
            )
        if self.revised:
            said.append(
                f"With {self.revised} packs of earlier refreshes, and in the belief that {number['linked']} counts that "
                f"are withheld now are what they were, {len(believed)} withheld counts would be told."
            )
        return said
