"""Why an estimate could not be made: the footnotes of rows of the status `x`."""

TOO_SHORT = "follow-up too short"
NO_EVENT = "no event"
NOTES = {
    TOO_SHORT: "Nobody was followed for so long.",
    NO_EVENT: "There was no event from which this could be estimated.",
}
