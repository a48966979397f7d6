"""What runs the project: containers, local processes, and what is generated from the catalogue."""
