"""Synthetic records in the layouts of the real systems, made by a generator, about nobody."""

from fjanalysis.sources.synthetic.generator import MARK, Report, synthesise

__all__ = ["MARK", "Report", "synthesise"]
