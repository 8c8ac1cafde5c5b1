//! S3's operations: those on rows are sums, those on bytes reach beyond the store.

pub(super) mod acl;
pub(super) mod bucket;
pub(super) mod complete;
pub(super) mod condition;
pub(super) mod copy;
pub(super) mod delete;
pub(super) mod delete_many;
pub(super) mod get;
pub(super) mod head;
pub(super) mod list;
pub(super) mod list_versions;
pub(super) mod policy;
pub(super) mod put;
pub(super) mod security;
pub(super) mod tagging;
pub(super) mod unset;
pub(super) mod upload;
pub(super) mod upload_list;
pub(super) mod upload_part;
pub(super) mod versioning;

use tierra_core::Registry;
use tierra_model::Shape;

use crate::Rooms;

/// Members that change nothing where requests are paid by nobody, and integrity checks of small XML bodies, which the signature covers.
pub(super) const HARMLESS: &[&str] = &["RequestPayer", "ContentMD5", "ChecksumAlgorithm", "ContentLength"];

/// Nothing but headers and a status.
#[derive(Default, Shape)]
pub struct Empty {}

/// Declares the operations on rows.
pub(super) fn register(registry: &mut Registry) {
    acl::register(registry);
    bucket::register(registry);
    complete::register(registry);
    delete::register(registry);
    delete_many::register(registry);
    head::register(registry);
    list::register(registry);
    list_versions::register(registry);
    policy::register(registry);
    security::register(registry);
    tagging::register(registry);
    unset::register(registry);
    upload::register(registry);
    upload_list::register(registry);
    versioning::register(registry);
}

/// Declares the operations on bytes.
pub(super) fn register_data(registry: &mut Registry, rooms: &Rooms) {
    registry
        .stream_operation(get::GetObject::new(rooms))
        .stream_operation(put::PutObject::new(rooms))
        .stream_operation(upload_part::UploadPart::new(rooms))
        .data_operation(copy::CopyObject::new(rooms))
        .data_operation(upload_part::UploadPartCopy::new(rooms));
}
