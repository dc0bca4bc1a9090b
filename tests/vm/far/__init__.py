"""What runs on a machine, in the network namespace that is its internet, and is laid there at run time."""
