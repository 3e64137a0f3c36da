"""May vectors in production be replaced by others: by those of another encoder, another width, another precision?"""
