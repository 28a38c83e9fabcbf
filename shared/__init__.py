"""The protocol and the client: standard library and pyzmq only, so that it runs inside any editor's Python."""

VERSION = "0.1.0"
