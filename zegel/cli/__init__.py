"""The `zegel` command, one module a subcommand. Only prints and asks; the work is in the rooms below."""
