"""Files and built-in sets -> mega-batches."""
