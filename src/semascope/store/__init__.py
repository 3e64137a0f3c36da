"""The content-addressed vector store."""
