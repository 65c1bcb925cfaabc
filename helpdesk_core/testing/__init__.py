"""What authors of plugins test with: the contract kit, and a small tracker that keeps every contract."""
