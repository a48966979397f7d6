"""Apache Kafka and Redis as child processes on this machine, without containers: for development and tests."""
