//! `CreateDBSnapshot`, `DescribeDBSnapshots`, `DeleteDBSnapshot`, `CopyDBSnapshot`.

use tierra_core::{Arn, Call, Key, Tag, Tags, Tx};
use tierra_model::Shape;

use crate::declare::operations;
use crate::ec2::network_interface::NetworkInterface;
use crate::rds::api::arns;
use crate::rds::api::instance;
use crate::rds::api::snapshot::DbSnapshotShape;
use crate::rds::errors::RdsError;
use crate::rds::limits;
use crate::rds::listing::{self, Field, Filter, query};
use crate::rds::model::{CopyOf, DbInstance, DbInstanceState, DbSnapshot, SnapshotStatus, SnapshotType, Source, tell};
use crate::rds::ops::instance::find as find_instance;

/// Digits of a snapshot's data handle.
const HANDLE: usize = 17;

operations! { "rds", RdsError;
    write CreateDBSnapshot(CreateInput) -> SnapshotOutput = create, on |_, input, call| arns(call, "snapshot", &input.id);
    read DescribeDBSnapshots(DescribeInput) -> DescribeOutput = describe,
        on |_, input, call| arns(call, "snapshot", input.id.as_deref().unwrap_or("*"));
    write DeleteDBSnapshot(DeleteInput) -> SnapshotOutput = delete, on |_, input, call| arns(call, "snapshot", &input.id);
    write CopyDBSnapshot(CopyInput) -> SnapshotOutput = copy, on |_, input, call| arns(call, "snapshot", &input.target);
}

/// Input of [`CreateDBSnapshot`].
#[derive(Default, Shape)]
pub struct CreateInput {
    #[shape("DBSnapshotIdentifier")]
    pub(crate) id: String,
    #[shape("DBInstanceIdentifier")]
    pub(crate) instance: String,
    pub(crate) tags: Vec<Tag>,
}

/// Input of [`DeleteDBSnapshot`].
#[derive(Default, Shape)]
pub struct DeleteInput {
    #[shape("DBSnapshotIdentifier")]
    pub(crate) id: String,
}

/// Input of [`CopyDBSnapshot`].
#[derive(Default, Shape)]
pub struct CopyInput {
    #[shape("SourceDBSnapshotIdentifier")]
    pub(crate) source: String,
    #[shape("TargetDBSnapshotIdentifier")]
    pub(crate) target: String,
    pub(crate) tags: Vec<Tag>,
    pub(crate) copy_tags: Option<bool>,
}

/// Input of [`DescribeDBSnapshots`].
#[derive(Default, Shape)]
pub struct DescribeInput {
    #[shape("DBInstanceIdentifier")]
    pub(crate) instance: Option<String>,
    #[shape("DBSnapshotIdentifier")]
    pub(crate) id: Option<String>,
    pub(crate) snapshot_type: Option<String>,
    pub(crate) filters: Vec<Filter>,
    pub(crate) max_records: Option<i32>,
    pub(crate) marker: Option<String>,
    /// There are no others' snapshots here.
    pub(crate) include_shared: Option<bool>,
    pub(crate) include_public: Option<bool>,
    pub(crate) dbi_resource_id: Option<String>,
}

/// A snapshot.
#[derive(Default, Shape)]
pub struct SnapshotOutput {
    #[shape("DBSnapshot")]
    pub(crate) snapshot: DbSnapshotShape,
}

/// A page of snapshots.
#[derive(Default, Shape)]
pub struct DescribeOutput {
    #[shape("DBSnapshots")]
    pub(crate) snapshots: Vec<DbSnapshotShape>,
    pub(crate) marker: Option<String>,
}

const FILTERS: &[Field<DbSnapshot>] = &[
    ("db-instance-id", |snapshot| vec![snapshot.instance.clone()]),
    ("db-snapshot-id", |snapshot| vec![snapshot.id.clone(), snapshot.arn().to_string()]),
    ("dbi-resource-id", |snapshot| vec![snapshot.resource_id.clone()]),
    ("snapshot-type", |snapshot| vec![snapshot.kind.to_string()]),
    ("engine", |snapshot| vec![snapshot.spec.engine.to_string()]),
];

/// The snapshot of this identifier or ARN.
pub(super) fn find(tx: &Tx, call: &Call, id: &str) -> Result<DbSnapshot, RdsError> {
    let name = id
        .parse::<Arn>()
        .ok()
        .and_then(|arn| arn.resource.strip_prefix("snapshot:").map(str::to_owned));
    let name = name.unwrap_or_else(|| id.to_ascii_lowercase());
    tx.find(&call.place, &name).ok_or(RdsError::SnapshotNotFound { id: name })
}

/// As [`find`], where its data is there.
pub(super) fn available(tx: &Tx, call: &Call, id: &str) -> Result<DbSnapshot, RdsError> {
    let snapshot = find(tx, call, id)?;
    let state = snapshot.state();
    if state == "available" {
        return Ok(snapshot);
    }
    Err(RdsError::SnapshotState { id: snapshot.id, state })
}

fn free_id(tx: &Tx, call: &Call, parameter: &str, id: &str) -> Result<String, RdsError> {
    let id = limits::snapshot(parameter, id)?;
    match find(tx, call, &id) {
        Ok(_) => Err(RdsError::SnapshotExists { id }),
        Err(_) => Ok(id),
    }
}

/// Asks for a snapshot of an instance; the machine takes it.
pub(super) fn take(tx: &mut Tx, call: &Call, instance: &DbInstance, id: &str, tags: Vec<Tag>) -> Result<DbSnapshot, RdsError> {
    let interface: Option<NetworkInterface> = tx.find(&instance.place, &instance.spec.interface);
    let mut all = if instance.spec.copy_tags_to_snapshot {
        instance.tags.clone()
    } else {
        Tags::default()
    };
    tags.iter().try_for_each(|tag| all.put(tag))?;
    let snapshot = DbSnapshot {
        place: call.place.clone(),
        id: free_id(tx, call, "DBSnapshotIdentifier", id)?,
        data: format!("dbsnap-{}", call.ids.hex(HANDLE)),
        kind: SnapshotType::Manual,
        created: call.now,
        tags: all,
        instance: instance.id.clone(),
        resource_id: instance.resource_id.clone(),
        instance_created: instance.status.first_up.unwrap_or(instance.created),
        vpc: interface.map(|interface| interface.vpc.to_string()).unwrap_or_default(),
        spec: instance.spec.clone(),
        copy_of: None,
        status: SnapshotStatus::default(),
    };
    tx.save(snapshot.clone());
    let message = "Creating manual snapshot";
    tell(tx, &call.ids, call.now, Source::DbSnapshot, &snapshot.arn(), "creation", message);
    Ok(snapshot)
}

fn create(tx: &mut Tx, call: &Call, input: CreateInput) -> Result<SnapshotOutput, RdsError> {
    let instance = find_instance(tx, call, &input.instance)?;
    let ready = [DbInstanceState::Available, DbInstanceState::Stopped, DbInstanceState::BackingUp];
    if !ready.contains(&instance::state(tx, &instance)) {
        return Err(RdsError::InstanceState {
            id: instance.id,
            wanted: "available",
        });
    }
    let snapshot = take(tx, call, &instance, &input.id, input.tags)?;
    Ok(SnapshotOutput {
        snapshot: DbSnapshotShape::from(&snapshot),
    })
}

fn describe(tx: &mut Tx, call: &Call, input: DescribeInput) -> Result<DescribeOutput, RdsError> {
    let mut found = match &input.id {
        Some(id) => vec![find(tx, call, id)?],
        None => tx.list(&call.place),
    };
    let fits = |wanted: &Option<String>, actual: &str| wanted.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(actual));
    found.retain(|one| {
        fits(&input.instance, &one.instance)
            && fits(&input.snapshot_type, one.kind.word())
            && fits(&input.dbi_resource_id, &one.resource_id)
    });
    let page = listing::page(found, FILTERS, |snapshot| snapshot.id.clone(), &query!(input))?;
    Ok(DescribeOutput {
        snapshots: page.items.iter().map(DbSnapshotShape::from).collect(),
        marker: page.next,
    })
}

fn delete(tx: &mut Tx, call: &Call, input: DeleteInput) -> Result<SnapshotOutput, RdsError> {
    let snapshot = find(tx, call, &input.id)?;
    if snapshot.state() == "creating" {
        return Err(RdsError::SnapshotState {
            id: snapshot.id,
            state: "creating",
        });
    }
    tx.delete(&Key::<DbSnapshot>::new(&call.place, &snapshot.id));
    tell(
        tx,
        &call.ids,
        call.now,
        Source::DbSnapshot,
        &snapshot.arn(),
        "deletion",
        "Deleted manual snapshot",
    );
    let mut output = DbSnapshotShape::from(&snapshot);
    output.status = "deleted".to_owned();
    Ok(SnapshotOutput { snapshot: output })
}

fn copy(tx: &mut Tx, call: &Call, input: CopyInput) -> Result<SnapshotOutput, RdsError> {
    let source = available(tx, call, &input.source)?;
    let mut tags = if input.copy_tags == Some(true) {
        source.tags.clone()
    } else {
        Tags::default()
    };
    input.tags.iter().try_for_each(|tag| tags.put(tag))?;
    let copy = DbSnapshot {
        id: free_id(tx, call, "TargetDBSnapshotIdentifier", &input.target)?,
        data: format!("dbsnap-{}", call.ids.hex(HANDLE)),
        created: call.now,
        tags,
        copy_of: Some(CopyOf {
            arn: source.arn().to_string(),
            data: source.data.clone(),
        }),
        status: SnapshotStatus::default(),
        kind: SnapshotType::Manual,
        ..source
    };
    tx.save(copy.clone());
    Ok(SnapshotOutput {
        snapshot: DbSnapshotShape::from(&copy),
    })
}
