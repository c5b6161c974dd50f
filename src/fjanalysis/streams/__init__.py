"""The stream analyses: a folder a stream, over what they share.

A stream is a package with the face that `fjanalysis.streams.stream.Stream` describes, a cohort written in
SQL, and measures; its notebook under `analyses/` is the record of its method.
"""
