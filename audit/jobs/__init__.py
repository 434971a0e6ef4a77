"""Background jobs: our job rows, and the Huey worker that runs them."""
