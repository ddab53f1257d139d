"""What is learned from rows once the network is trained."""
