//! The master user's password: a caller's, or one that RDS draws and keeps in a secret.

use tierra_core::{AwsError, Call, Tx};

use crate::iam::bootstrap;
use crate::iam::seal::Sealed;
use crate::rds::errors::RdsError;
use crate::rds::limits;
use crate::rds::model::{DbInstance, Engine, Master};
use crate::secretsmanager::managed;

/// As which service RDS keeps secrets.
const SERVICE: &str = "rds";

/// Seals a password for an instance.
pub(super) fn seal(tx: &Tx, resource_id: &str, password: &str) -> Result<Sealed, AwsError> {
    let cloud = bootstrap::cloud(tx).ok_or_else(|| AwsError::internal("the cloud has no key yet"))?;
    Ok(cloud.key.seal(&DbInstance::seal_owner(resource_id), password))
}

/// Which password a caller wants.
pub(super) enum Wish {
    Given(String),
    /// RDS draws it and keeps it in a secret.
    Managed,
}

impl Wish {
    /// What a request says of it; `None`: nothing.
    pub(super) fn of(engine: Engine, password: Option<String>, managed: Option<bool>) -> Result<Option<Self>, RdsError> {
        match (password, managed == Some(true)) {
            (Some(_), true) => Err(RdsError::combination(
                "You can't specify MasterUserPassword for an instance with ManageMasterUserPassword enabled.",
            )),
            (Some(text), false) => limits::password(engine, &text).map(|()| Some(Self::Given(text))),
            (None, true) => Ok(Some(Self::Managed)),
            (None, false) => Ok(None),
        }
    }
}

/// The master user of a new instance.
pub(super) fn new(tx: &mut Tx, call: &Call, resource_id: &str, username: String, wish: Wish) -> Result<Master, AwsError> {
    let mut master = Master {
        username,
        password: Sealed::default(),
        revision: 0,
        secret: None,
    };
    change(tx, call, resource_id, &mut master, wish)?;
    Ok(master)
}

/// Gives the master user another password.
pub(super) fn change(tx: &mut Tx, call: &Call, resource_id: &str, master: &mut Master, wish: Wish) -> Result<(), AwsError> {
    let text = match wish {
        Wish::Given(text) => {
            release(tx, call, master);
            text
        }
        Wish::Managed => drawn(tx, call, resource_id, master)?,
    };
    master.password = seal(tx, resource_id, &text)?;
    master.revision += 1;
    Ok(())
}

/// Draws a password and puts it into the user's secret, which is made where there is none.
fn drawn(tx: &mut Tx, call: &Call, resource_id: &str, master: &mut Master) -> Result<String, AwsError> {
    let password = managed::password(call)?;
    // Clients read this as it is: these two members, in this order, without spaces.
    let text = format!(r#"{{"username":"{}","password":"{password}"}}"#, master.username);
    match &master.secret {
        Some(arn) => managed::change(tx, call, arn, text)?,
        None => {
            let name = format!("{SERVICE}!{}-{}", "db", call.ids.uuid());
            let primary = format!("arn:aws:rds:{}:{}:db:{resource_id}", call.place.region, call.place.account);
            let tags = [
                ("aws:secretsmanager:owningService", SERVICE),
                ("aws:rds:primaryDBInstanceArn", primary.as_str()),
            ];
            master.secret = Some(managed::create(tx, call, SERVICE, name, text, &tags)?);
        }
    }
    Ok(password)
}

/// Gives the secret up, where RDS kept one.
pub(super) fn release(tx: &mut Tx, call: &Call, master: &mut Master) {
    if let Some(arn) = master.secret.take() {
        managed::delete(tx, call, &arn);
    }
}
