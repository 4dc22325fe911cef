"""What belongs together in the logs of several processes: a request, the jobs it asked for, the calls these made."""
