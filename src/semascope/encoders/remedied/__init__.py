"""An encoder whose rows are mended by a remedy: an affine map that was fitted on rows like them."""
