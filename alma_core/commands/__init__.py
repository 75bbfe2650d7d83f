"""The longer commands of the command line, and how they read their options."""
