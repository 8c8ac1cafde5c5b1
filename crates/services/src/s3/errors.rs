//! S3's errors, each with its code, status and wording. Follows the S3 page "Error responses".

tierra_core::aws_errors! {
    /// What S3 refuses.
    pub enum S3Error {
        /// No such bucket.
        NoSuchBucket => ("NoSuchBucket", 404, "The specified bucket does not exist"),
        /// No such key, or it is deleted.
        NoSuchKey => ("NoSuchKey", 404, "The specified key does not exist."),
        /// No such version.
        NoSuchVersion => ("NoSuchVersion", 404, "The specified version does not exist."),
        /// No such upload.
        NoSuchUpload => ("NoSuchUpload", 404,
            "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed."),
        /// The name is taken by somebody else.
        BucketAlreadyExists => ("BucketAlreadyExists", 409,
            "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again."),
        /// The name is taken by the caller.
        BucketAlreadyOwnedByYou => ("BucketAlreadyOwnedByYou", 409,
            "Your previous request to create the named bucket succeeded and you already own it."),
        /// There is something in it.
        BucketNotEmpty => ("BucketNotEmpty", 409, "The bucket you tried to delete is not empty"),
        /// There are versions in it.
        BucketHasVersions => ("BucketNotEmpty", 409,
            "The bucket you tried to delete is not empty. You must delete all versions in the bucket."),
        /// A name that cannot be one.
        InvalidBucketName => ("InvalidBucketName", 400, "The specified bucket is not valid."),
        /// Too many.
        TooManyBuckets => ("TooManyBuckets", 400, "You have attempted to create more buckets than allowed"),
        /// A region that is not the endpoint's.
        LocationConstraint { region: String } => ("IllegalLocationConstraintException", 400,
            "The {region} location constraint is incompatible for the region specific endpoint this request was sent to."),
        /// Longer than 1024 bytes.
        KeyTooLong => ("KeyTooLongError", 400, "Your key is too long"),
        /// User metadata of more than 2 KB.
        MetadataTooLarge => ("MetadataTooLarge", 400, "Your metadata headers exceed the maximum allowed metadata size"),
        /// An argument, with what is wrong about it.
        Argument { reason: String } => ("InvalidArgument", 400, "{reason}"),
        /// A request that makes no sense.
        Request { reason: String } => ("InvalidRequest", 400, "{reason}"),
        /// XML that does not fit its schema.
        MalformedXml => ("MalformedXML", 400, "The XML you provided was not well-formed or did not validate against our published schema"),
        /// A policy that cannot be one.
        MalformedPolicy { reason: String } => ("MalformedPolicy", 400, "{reason}"),
        /// Tags that were refused.
        InvalidTag { reason: String } => ("InvalidTag", 400, "{reason}"),
        /// A storage class that does not exist.
        StorageClass => ("InvalidStorageClass", 400, "The storage class you specified is not valid"),
        /// ACLs are off, as on every bucket that is made today.
        AclNotSupported => ("AccessControlListNotSupported", 400, "The bucket does not allow ACLs"),
        /// The owner that the caller expects is another.
        ExpectedOwner => ("AccessDenied", 403, "Access Denied"),
        /// Anything that only its owner may know.
        AccessDenied => ("AccessDenied", 403, "Access Denied"),
        /// A policy that opens the bucket to everybody, where that is blocked.
        PublicPolicy { who: String, bucket: String } => ("AccessDenied", 403,
            "User: {who} is not authorized to perform: s3:PutBucketPolicy on resource: \"arn:aws:s3:::{bucket}\" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access."),
        /// A condition of the request does not hold.
        PreconditionFailed => ("PreconditionFailed", 412, "At least one of the pre-conditions you specified did not hold"),
        /// What the caller has is what there is.
        NotModified => ("NotModified", 304, "Not Modified"),
        /// A range beyond the end.
        InvalidRange => ("InvalidRange", 416, "The requested range is not satisfiable"),
        /// A delete marker has no bytes.
        MethodNotAllowed => ("MethodNotAllowed", 405, "The specified method is not allowed against this resource."),
        /// The body is not what its MD5 says.
        BadDigest => ("BadDigest", 400, "The Content-MD5 you specified did not match what we received."),
        /// The body is not what its checksum says.
        BadChecksum { algorithm: String } => ("BadDigest", 400,
            "The {algorithm} you specified did not match the calculated checksum."),
        /// An MD5 that cannot be one.
        InvalidDigest => ("InvalidDigest", 400, "The Content-MD5 you specified was invalid."),
        /// The body's length is not known.
        MissingContentLength => ("MissingContentLength", 411, "You must provide the Content-Length HTTP header."),
        /// More than 5 GB in one request.
        EntityTooLarge => ("EntityTooLarge", 400, "Your proposed upload exceeds the maximum allowed size"),
        /// A part that is not the last and has less than 5 MB.
        EntityTooSmall => ("EntityTooSmall", 400, "Your proposed upload is smaller than the minimum allowed size"),
        /// A part that was not uploaded, or is another now.
        InvalidPart => ("InvalidPart", 400,
            "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag."),
        /// Parts must come in their order.
        InvalidPartOrder => ("InvalidPartOrder", 400,
            "The list of parts was not in ascending order. Parts must be ordered by part number."),
        /// What was never configured.
        NoSuchPolicy => ("NoSuchBucketPolicy", 404, "The bucket policy does not exist"),
        /// What was never configured.
        NoSuchTagSet => ("NoSuchTagSet", 404, "The TagSet does not exist"),
        /// What was never configured.
        NoSuchCors => ("NoSuchCORSConfiguration", 404, "The CORS configuration does not exist"),
        /// What was never configured.
        NoSuchWebsite => ("NoSuchWebsiteConfiguration", 404, "The specified bucket does not have a website configuration"),
        /// What was never configured.
        NoSuchLifecycle => ("NoSuchLifecycleConfiguration", 404, "The lifecycle configuration does not exist"),
        /// What was never configured.
        NoSuchReplication => ("ReplicationConfigurationNotFoundError", 404, "The replication configuration was not found"),
        /// What was never configured.
        NoSuchObjectLock => ("ObjectLockConfigurationNotFoundError", 404, "Object Lock configuration does not exist for this bucket"),
        /// What was taken away.
        NoSuchAccessBlock => ("NoSuchPublicAccessBlockConfiguration", 404, "The public access block configuration was not found"),
        /// What was taken away.
        NoSuchOwnership => ("OwnershipControlsNotFoundError", 404, "The bucket ownership controls were not found"),
        /// What is not done.
        NotImplemented { what: String } => ("NotImplemented", 501, "{what}"),
        /// A disk that fails or is full.
        Unavailable => ("ServiceUnavailable", 503, "Service is unable to handle request."),
    }
}

impl S3Error {
    /// An argument that is refused, with the reason.
    pub fn argument(reason: impl Into<String>) -> Self {
        Self::Argument { reason: reason.into() }
    }

    /// What the disk did. The cause goes to the log.
    pub fn disk(cause: &std::io::Error) -> Self {
        tracing::error!(%cause, "object bytes");
        Self::Unavailable
    }
}

impl From<tierra_core::tags::TagError> for S3Error {
    fn from(error: tierra_core::tags::TagError) -> Self {
        Self::InvalidTag { reason: error.to_string() }
    }
}
