"""What all readers share: what was found, the budget, file types by content, and the sandbox of the workers."""
