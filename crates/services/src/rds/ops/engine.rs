//! `DescribeDBEngineVersions`, `DescribeOrderableDBInstanceOptions`: what really runs.

use tierra_core::{Call, Tx};
use tierra_model::Shape;

use crate::declare::{anything, operations};
use crate::ec2::zone;
use crate::rds::api::subnet_group::ZoneShape;
use crate::rds::errors::RdsError;
use crate::rds::listing::{self, Field, Filter, query};
use crate::rds::model::{CLASSES, Class, VERSIONS, Version};
use crate::rds::ops::instance::create::CA;

/// Least and most GiB of a storage type.
const STORAGE_TYPES: &[(&str, i32, i32)] = &[("gp2", 5, 65_536), ("gp3", 20, 65_536), ("standard", 5, 3072)];

operations! { "rds", RdsError;
    read DescribeDBEngineVersions(VersionsInput) -> VersionsOutput = versions, on anything;
    read DescribeOrderableDBInstanceOptions(OptionsInput) -> OptionsOutput = options, on anything;
}

/// Input of [`DescribeDBEngineVersions`].
#[derive(Default, Shape)]
pub struct VersionsInput {
    pub(crate) engine: Option<String>,
    pub(crate) engine_version: Option<String>,
    #[shape("DBParameterGroupFamily")]
    pub(crate) family: Option<String>,
    pub(crate) filters: Vec<Filter>,
    pub(crate) max_records: Option<i32>,
    pub(crate) marker: Option<String>,
    pub(crate) default_only: Option<bool>,
    /// Every version that there is can be used.
    pub(crate) include_all: Option<bool>,
}

/// A page of versions.
#[derive(Default, Shape)]
pub struct VersionsOutput {
    #[shape("DBEngineVersions")]
    pub(crate) versions: Vec<VersionShape>,
    pub(crate) marker: Option<String>,
}

/// A version.
#[derive(Default, Shape)]
pub struct VersionShape {
    pub(crate) engine: String,
    pub(crate) major_engine_version: String,
    pub(crate) engine_version: String,
    #[shape("DBParameterGroupFamily")]
    pub(crate) family: String,
    #[shape("DBEngineDescription")]
    pub(crate) description: String,
    #[shape("DBEngineVersionDescription")]
    pub(crate) version_description: String,
    pub(crate) valid_upgrade_target: Vec<UpgradeShape>,
    pub(crate) status: String,
    #[shape("SupportedCACertificateIdentifiers")]
    pub(crate) authorities: Vec<String>,
}

/// A version to which another can be brought.
#[derive(Default, Shape)]
pub struct UpgradeShape {
    engine: String,
    engine_version: String,
    description: String,
    auto_upgrade: bool,
    is_major_version_upgrade: bool,
}

/// Input of [`DescribeOrderableDBInstanceOptions`].
#[derive(Default, Shape)]
pub struct OptionsInput {
    pub(crate) engine: String,
    pub(crate) engine_version: Option<String>,
    #[shape("DBInstanceClass")]
    pub(crate) class: Option<String>,
    pub(crate) license_model: Option<String>,
    pub(crate) vpc: Option<bool>,
    pub(crate) filters: Vec<Filter>,
    pub(crate) max_records: Option<i32>,
    pub(crate) marker: Option<String>,
}

/// A page of options.
#[derive(Default, Shape)]
pub struct OptionsOutput {
    #[shape("OrderableDBInstanceOptions")]
    pub(crate) options: Vec<OptionShape>,
    pub(crate) marker: Option<String>,
}

/// Something that can be ordered.
#[derive(Default, Shape)]
pub struct OptionShape {
    pub(crate) engine: String,
    pub(crate) engine_version: String,
    #[shape("DBInstanceClass")]
    pub(crate) class: String,
    pub(crate) license_model: String,
    pub(crate) availability_zones: Vec<ZoneShape>,
    #[shape("MultiAZCapable")]
    pub(crate) multi_az_capable: bool,
    pub(crate) vpc: bool,
    pub(crate) storage_type: String,
    pub(crate) min_storage_size: i32,
    pub(crate) max_storage_size: i32,
    pub(crate) supported_network_types: Vec<String>,
}

fn title(version: &Version) -> &'static str {
    match version.engine {
        crate::rds::model::Engine::Mysql => "MySQL Community Edition",
        crate::rds::model::Engine::Mariadb => "MariaDB Community Edition",
        crate::rds::model::Engine::Postgres => "PostgreSQL",
    }
}

fn shape(version: &Version) -> VersionShape {
    let later = |other: &&Version| other.family == version.family && order(other) > order(version);
    VersionShape {
        engine: version.engine.to_string(),
        major_engine_version: version.major.to_owned(),
        engine_version: version.version.to_owned(),
        family: version.family.to_string(),
        description: title(version).to_owned(),
        version_description: format!("{} {}", title(version), version.version),
        valid_upgrade_target: VERSIONS.iter().filter(later).map(upgrade).collect(),
        status: "available".to_owned(),
        authorities: vec![CA.to_owned()],
    }
}

fn upgrade(to: &Version) -> UpgradeShape {
    UpgradeShape {
        engine: to.engine.to_string(),
        engine_version: to.version.to_owned(),
        description: format!("{} {}", title(to), to.version),
        auto_upgrade: false,
        is_major_version_upgrade: false,
    }
}

/// Where a version stands among all: the table is in order.
fn order(version: &Version) -> Option<usize> {
    VERSIONS.iter().position(|other| other == version)
}

const VERSION_FILTERS: &[Field<Version>] = &[
    ("engine", |version| vec![version.engine.to_string()]),
    ("engine-version", |version| {
        vec![version.version.to_owned(), version.major.to_owned()]
    }),
    ("db-parameter-group-family", |version| vec![version.family.to_string()]),
    ("status", |_| vec!["available".to_owned()]),
    ("engine-mode", |_| vec!["provisioned".to_owned()]),
];

fn versions(_: &mut Tx, _: &Call, input: VersionsInput) -> Result<VersionsOutput, RdsError> {
    let fits = |version: &Version| {
        let asked = input.engine_version.as_deref();
        input.engine.as_deref().is_none_or(|engine| engine == version.engine.word())
            && asked.is_none_or(|asked| asked == version.version || asked == version.major)
            && input.family.as_deref().is_none_or(|family| family == version.family.word())
            && (input.default_only != Some(true) || Some(version) == version.engine.version(asked))
    };
    let found = VERSIONS.iter().copied().filter(fits).collect();
    let key = |version: &Version| format!("{:04}", order(version).unwrap_or_default());
    let page = listing::page(found, VERSION_FILTERS, key, &query!(input))?;
    Ok(VersionsOutput {
        versions: page.items.iter().map(shape).collect(),
        marker: page.next,
    })
}

type Offer = (&'static Version, &'static Class, &'static (&'static str, i32, i32));

fn offers(input: &OptionsInput) -> Vec<Offer> {
    let mut offers = Vec::new();
    let versions = VERSIONS.iter().filter(|version| version.engine.word() == input.engine);
    for version in versions.filter(|version| input.engine_version.as_deref().is_none_or(|asked| asked == version.version)) {
        let classes = CLASSES
            .iter()
            .filter(|class| input.class.as_deref().is_none_or(|asked| asked == class.name));
        for class in classes.filter(|_| input.license_model.as_deref().is_none_or(|asked| asked == version.engine.licence())) {
            offers.extend(STORAGE_TYPES.iter().map(|storage| (version, class, storage)));
        }
    }
    offers
}

fn options(_: &mut Tx, call: &Call, input: OptionsInput) -> Result<OptionsOutput, RdsError> {
    if !VERSIONS.iter().any(|version| version.engine.word() == input.engine) {
        return Err(RdsError::value(format!("Unrecognized engine name: {}", input.engine)));
    }
    let offers = if input.vpc == Some(false) { Vec::new() } else { offers(&input) };
    let key = |(version, class, storage): &Offer| format!("{:04} {} {}", order(version).unwrap_or_default(), class.name, storage.0);
    let page = listing::page(offers, &[], key, &query!(input))?;
    let shape = |(version, class, (kind, least, most)): &Offer| OptionShape {
        engine: version.engine.to_string(),
        engine_version: version.version.to_owned(),
        class: class.name.to_owned(),
        license_model: version.engine.licence().to_owned(),
        availability_zones: zone::names(&call.place).map(|name| ZoneShape { name }).collect(),
        multi_az_capable: false,
        vpc: true,
        storage_type: (*kind).to_owned(),
        min_storage_size: *least,
        max_storage_size: *most,
        supported_network_types: vec!["IPV4".to_owned()],
    };
    Ok(OptionsOutput {
        options: page.items.iter().map(shape).collect(),
        marker: page.next,
    })
}
