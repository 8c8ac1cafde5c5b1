//! The errors that every noun of EC2 shares. Follows the page "Error codes for the Amazon EC2 API".

tierra_core::aws_errors! {
    /// Errors that belong to no noun.
    pub enum Ec2Error {
        /// A dry run went well.
        DryRun => ("DryRunOperation", 412, "Request would have succeeded, but DryRun flag is set."),
        /// No filter of the operation has this name.
        UnknownFilter { name: String } => ("InvalidParameterValue", 400, "The filter '{name}' is invalid"),
        /// More filters or values than one call may bring.
        TooManyFilters => ("FilterLimitExceeded", 400, "The request uses too many filters or too many filter values."),
        /// A page size outside the bounds.
        PageSize { value: i32, least: i32, most: i32 }
            => ("InvalidParameterValue", 400, "Value ( {value} ) for parameter maxResults is invalid. Expecting a value between {least} and {most}."),
        /// A page size beside ids.
        PageOfIds { ids: &'static str } => ("InvalidParameterCombination", 400, "The parameter {ids} cannot be used with the parameter maxResults"),
        /// A token that was not given out here.
        Token => ("InvalidNextToken", 400, "The token '' is invalid"),
        /// A parameter that must be there.
        Missing { name: &'static str } => ("MissingParameter", 400, "The request must contain the parameter {name}"),
        /// A value that cannot be.
        Value { value: String, name: &'static str, reason: String }
            => ("InvalidParameterValue", 400, "Value ({value}) for parameter {name} is invalid. {reason}"),
        /// Parameters that exclude each other, or of which one must be given.
        Combination { reason: String } => ("InvalidParameterCombination", 400, "{reason}"),
        /// What Tierra does not do.
        Unsupported { what: &'static str } => ("UnsupportedOperation", 400, "The requested operation is not supported: {what}."),
        /// A tag specification for another kind of resource.
        TagKind { word: String } => ("InvalidParameterValue", 400, "'{word}' is not a valid taggable resource type for this operation."),
        /// No resource of any kind has this id.
        NoSuchId { id: String } => ("InvalidID", 400, "The ID '{id}' is not valid"),
        /// More tags than a resource may carry.
        TagLimit => ("TagLimitExceeded", 400, "The maximum number of Tags for a resource has been reached."),
        /// A tag that cannot be.
        Tag { reason: String } => ("InvalidParameterValue", 400, "{reason}"),
    }
}
