"""Any artifact behind HTTP."""
