//! S3 through its operations.
