"""One file for each subcommand; a new file here is a new subcommand."""
