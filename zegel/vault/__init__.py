"""What is kept: sealed, on disk, and nowhere else."""
