//! Log delivery: another service of the cloud puts an object into a customer's bucket, as AWS's log delivery does.

use tierra_core::stream::Whole;
use tierra_core::{AwsError, Call};

use super::errors::S3Error;
use super::limits;
use super::model::bucket::Bucket;
use super::model::content::Content;
use super::model::description::Description;
use super::model::object;
use super::ops::put::commit;
use super::receive::{Said, receive};
use crate::Rooms;

/// An object that a service delivers.
#[derive(Clone, Debug, Default)]
pub struct Delivery {
    /// Into which bucket.
    pub bucket: String,
    /// Under which key.
    pub key: String,
    /// `text/plain`; none where nobody minds.
    pub content_type: Option<String>,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// Delivers an object. `call` says who delivers, and when.
///
/// # Errors
/// `NoSuchBucket`; `AccessDenied` where the bucket is another account's; a disk that fails.
pub async fn deliver(rooms: &Rooms, call: &Call, delivery: Delivery) -> Result<(), AwsError> {
    let Delivery {
        bucket,
        key,
        content_type,
        bytes,
    } = delivery;
    limits::key(&key)?;
    rooms.store.read(|tx| owned(tx, call, &bucket).map_err(AwsError::from))?;
    let received = receive(rooms.store.blocking(), &rooms.objects, &mut Whole::new(bytes), &Said::default()).await?;
    let call = call.clone();
    commit(&rooms.store, &rooms.objects, received, move |tx: &mut tierra_core::Tx, received| {
        let bucket = owned(tx, &call, &bucket)?;
        let content = Content {
            size: received.size,
            etag: received.etag.clone(),
            bytes: received.keep(tx, &call.ids.hex(32)),
            checksum: Some(received.checksum.clone()),
            description: Description {
                content_type,
                ..Description::default()
            }
            .kept(),
            tags: tierra_core::Tags::default(),
            storage_class: "STANDARD".to_owned(),
            parts: Vec::new(),
        };
        object::put(tx, &call, &bucket, &key, Some(content));
        Ok(())
    })
    .await
}

fn owned(tx: &tierra_core::Tx, call: &Call, bucket: &str) -> Result<Bucket, S3Error> {
    let bucket = Bucket::find(tx, bucket)?;
    if bucket.owner.account == call.place.account {
        Ok(bucket)
    } else {
        Err(S3Error::AccessDenied)
    }
}
