"""Languages: catalogues, which language somebody reads, and texts that fit into an SMS."""
