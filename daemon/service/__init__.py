"""The long-running process: it queues pictures, answers clients and watches over the worker."""
