"""What client, daemon and worker say to each other: messages, their frames, what is admitted."""
