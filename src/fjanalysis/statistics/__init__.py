"""What the streams share of statistics: frames in, tidy estimates out."""
