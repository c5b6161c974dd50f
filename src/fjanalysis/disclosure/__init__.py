"""The airlock: secure results in, output packs that a reviewer can clear out."""
