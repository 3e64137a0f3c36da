"""Vectors become places on a picture: layouts, one laid over the other, kept between runs."""
