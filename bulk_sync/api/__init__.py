"""The vendor's pages as code: what is asked of the API, over which wire, and what its replies say."""
