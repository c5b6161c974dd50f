"""Why an estimate could not be made: the footnotes of rows of the status `x`."""

TOO_SHORT = "follow-up too short"
NO_EVENT = "no event"
TOO_FEW_EVENTS = "too few events"
COLLINEAR = "collinear"
SEPARATION = "separation"
NO_CONVERGENCE = "no convergence"
ALL_STRATIFIED = "all stratified"
EMPTY_AGE = "an age of nobody"
NOTES = {
    TOO_SHORT: "Nobody was followed for so long.",
    NO_EVENT: "There was no event from which this could be estimated.",
    TOO_FEW_EVENTS: "There were too few events for the model.",
    COLLINEAR: "The model cannot tell its characteristics apart.",
    SEPARATION: "Everybody with a characteristic, or nobody, had the outcome.",
    NO_CONVERGENCE: "The model found no answer.",
    EMPTY_AGE: "Nobody was followed at one of the ages, so its rate is not known.",
    ALL_STRATIFIED: "Every characteristic is a stratum, so none has a ratio.",
}
