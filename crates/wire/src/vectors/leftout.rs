//! The cases that do not concern a server, or contradict another, each with its reason.

/// Parts of case ids, and why they are left out.
pub(super) const LEFT_OUT: &[(&[&str], &str)] = &[
    (
        &[
            "SDKAppliedContentEncoding",
            "SDKAppendsGzipAndIgnores",
            "SDKAppendedGzipAfterProvided",
        ],
        "the client's compression; the case shows headers only, no body",
    ),
    (
        &[
            "IdempotencyTokenAutoFill",
            "input/ec2 8.1 -",
            "input/json 6.1 -",
            "input/query 12.1 -",
            "input/rest-json 19.1 -",
            "input/rest-xml 23.1 -",
        ],
        "the client fills the token in; the server sees and takes it",
    ),
    (
        &[
            "Ec2EmptyQueryLists",
            "QueryEmptyQueryMaps",
            "OmitsEmptyListQueryValues",
            "NullAndEmptyHeaders",
            "HttpPrefixHeadersAreNotPresent",
            "input/rest-json 26.1 -",
            "input/rest-xml 26.1 -",
        ],
        "the client leaves empty values out; nothing on the wire tells them from absent ones",
    ),
    (
        &[
            "RestJsonHttpWithEmptyStructurePayload",
            "RestJsonHttpWithHeadersButNoPayload",
            "input/rest-json 13.1 -",
            "input/rest-json 25.2 -",
            "input/rest-json 25.4 -",
        ],
        "the client writes {} for an absent payload; on the wire that is an empty one",
    ),
    (
        &["input/rest-json 25.7 -"],
        "the client adds the default content type, which the model makes a member",
    ),
    (&["HostWithPath"], "the endpoint's own path, which the server's front takes off"),
    (&["QueryPrecedence"], "the client settles a conflict that the wire no longer shows"),
    (
        &[
            "FooErrorUsingXAmznErrorType",
            "FooErrorUsingCode",
            "RestJsonFooErrorWithDunderType",
            "output/json 7.1 -",
            "output/rest-json 13.1 -",
            "output/rest-json 13.2 -",
        ],
        "other forms of an error that clients must also read; servers write one",
    ),
    (
        &[
            "handles_unexpected_json_output",
            "HandlesUnexpectedJsonOutput",
            "DeserializeIgnoreType",
            "SimpleScalarPropertiesWithXMLPreamble",
            "ExtraFieldsInTheBodyShouldBeSkipped",
            "NoOutputClientAllowsEmpty",
            "RpcV2CborPayloadWithUnsetUnion",
            "output/json 5.0 -",
            "output/rest-json 7.0 -",
            "output/rest-json 8.0 -",
            "output/rest-json 17.2 -",
            "output/rest-xml 16.2 -",
        ],
        "answers with what is not modelled, which clients must skip; servers do not write it",
    ),
    (
        &[
            "output/rest-xml 8.0 InvalidGreetingError",
            "output/ec2 10.2 -",
            "output/json 7.2 -",
            "output/query 16.2 -",
            "output/rest-json 13.3 -",
            "output/rest-json 13.4 -",
            "output/rest-json 13.5 -",
            "output/rest-json 13.6 -",
            "output/rest-xml 15.1 -",
            "output/rest-xml 15.2 -",
        ],
        "errors with members or headers that no modelled error has",
    ),
    (
        &["output/query 16.0 -", "output/query 16.1 -", "output/rest-xml 15.0 -"],
        "a fault of the type `SomeType`; AWS writes Sender or Receiver",
    ),
    (
        &["Ec2ComplexError", "output/rest-xml 9.0 ComplexError"],
        "the answer holds a message that the case's error does not",
    ),
    (&["AwsJson11IntEnums"], "asks for a request's header in an answer"),
    (&["RestXmlHttpResponseCode"], "a content type for an empty body"),
    (&["output/json 3.1 -"], "the case's model calls maps strings"),
    (
        &["legacy/output/query 9.0 -"],
        "names a flattened list after its items; Smithy's cases (XmlLists) name it after its member",
    ),
    (
        &["output/json 6.0 -", "output/rest-xml 14."],
        "event streams, which no operation here has yet",
    ),
];
