"""What `zegel check` looks at, a file for each part of Zegel. Must not change anything but marks of its own."""
