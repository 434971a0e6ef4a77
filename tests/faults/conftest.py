"""Fixtures of this folder: a round in the field, and a bucket."""

from tests.buckets import bucket, s3_endpoint  # noqa: F401
from tests.hands import field, hands, intake  # noqa: F401
