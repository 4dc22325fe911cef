"""Work of the instruments that a worker does: the only place here that speaks to the queue."""
