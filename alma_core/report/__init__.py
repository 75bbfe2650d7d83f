"""The same rows, told: in text, in charts, in one offline page."""
