"""From an output pack and the authors' words to the published site."""
