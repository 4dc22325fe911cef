"""Private PostgreSQL and Valkey servers, for try-out, development and tests."""


class ServiceError(RuntimeError):
    """A server cannot be found, started or stopped; the message is written for the person at the keyboard."""
