"""The long-running process: it queues pictures, answers clients and supervises the worker."""
