"""How fast the parts are, on material that is made on the spot. Nothing here is shipped or needs a model."""
