"""The version of bulk-sync, in a file that imports nothing: package, client and command line name it."""

__version__ = "0.1.0"
