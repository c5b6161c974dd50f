"""From a refresh of family court advisory records to published briefings."""

__version__ = "0.1.0"
