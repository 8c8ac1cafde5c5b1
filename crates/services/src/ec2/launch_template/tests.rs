//! Launch templates: their versions, what a launch takes of them, and what a spot launch is told.

use tierra_core::Tag;

use super::api::*;
use super::data::LaunchTemplateData;
use super::ops::*;
use crate::ec2::instance::testing::{RunInstances, RunInstancesInput};
use crate::ec2::instance::{MarketOptions, MonitoringSpecification};
use crate::ec2::tag::TagSpecification;
use crate::ec2::testing::World;

fn tags(kind: &str, pairs: &[(&str, &str)]) -> TagSpecification {
    let tag = |(key, value): &(&str, &str)| Tag {
        key: (*key).to_owned(),
        value: Some((*value).to_owned()),
    };
    TagSpecification {
        resource_type: Some(kind.to_owned()),
        tags: pairs.iter().map(tag).collect(),
    }
}

fn data(world: &World) -> LaunchTemplateData {
    let image = crate::ec2::image::public_parameter(&world.place().region, "/aws/service/debian/release/12/latest/amd64");
    LaunchTemplateData {
        image_id: image.map(|id| id.to_string()),
        instance_type: Some("t3.small".into()),
        monitoring: Some(MonitoringSpecification { enabled: true }),
        tag_specifications: vec![tags("instance", &[("Name", "template"), ("Team", "a")])],
        ..Default::default()
    }
}

fn create(world: &World, name: &str) -> LaunchTemplateInfo {
    let input = CreateLaunchTemplateInput {
        launch_template_name: name.to_owned(),
        launch_template_data: data(world),
        ..Default::default()
    };
    world.ok::<CreateLaunchTemplate>(input).launch_template
}

fn versions(world: &World, versions: &[&str]) -> Vec<i64> {
    let input = DescribeLaunchTemplateVersionsInput {
        launch_template_name: Some("web".into()),
        versions: versions.iter().map(ToString::to_string).collect(),
        ..Default::default()
    };
    let all = world.ok::<DescribeLaunchTemplateVersions>(input).launch_template_versions;
    all.iter().map(|version| version.version_number).collect()
}

#[test]
fn versions_are_numbered_and_the_default_one_stays() {
    let world = World::new();
    let id = create(&world, "web").launch_template_id;
    let again = |name: &str| CreateLaunchTemplateInput {
        launch_template_name: name.to_owned(),
        ..Default::default()
    };
    assert_eq!(
        world.code::<CreateLaunchTemplate>(again("web")),
        "InvalidLaunchTemplateName.AlreadyExistsException"
    );
    assert_eq!(
        world.code::<CreateLaunchTemplate>(again("w b")),
        "InvalidLaunchTemplateName.MalformedException"
    );
    let version = world.ok::<CreateLaunchTemplateVersion>(CreateLaunchTemplateVersionInput {
        launch_template_id: Some(id.clone()),
        source_version: Some("$Default".into()),
        launch_template_data: LaunchTemplateData {
            instance_type: Some("t3.large".into()),
            ..Default::default()
        },
        ..Default::default()
    });
    let made = version.launch_template_version;
    assert_eq!((made.version_number, made.default_version), (2, false));
    assert_eq!(made.launch_template_data.instance_type.as_deref(), Some("t3.large"));
    assert_eq!(
        made.launch_template_data.image_id,
        data(&world).image_id,
        "the rest is its source's"
    );
    assert_eq!(versions(&world, &[]), [2, 1]);
    assert_eq!(versions(&world, &["$Latest", "$Default", "1"]), [2, 1]);
    let delete = || DeleteLaunchTemplateVersionsInput {
        launch_template_id: Some(id.clone()),
        versions: vec!["1".into(), "7".into()],
        ..Default::default()
    };
    let kept = world
        .ok::<DeleteLaunchTemplateVersions>(delete())
        .unsuccessfully_deleted_launch_template_versions;
    let codes: Vec<_> = kept.iter().map(|kept| kept.response_error.code.as_str()).collect();
    assert_eq!(codes, ["unexpectedError", "launchTemplateVersionDoesNotExist"]);
    world.ok::<ModifyLaunchTemplate>(ModifyLaunchTemplateInput {
        launch_template_id: Some(id.clone()),
        default_version: Some("2".into()),
        ..Default::default()
    });
    let gone = world
        .ok::<DeleteLaunchTemplateVersions>(delete())
        .successfully_deleted_launch_template_versions;
    assert_eq!(gone[0].version_number, 1);
    assert_eq!(versions(&world, &[]), [2]);
    world.ok::<DeleteLaunchTemplate>(DeleteLaunchTemplateInput {
        launch_template_id: Some(id.clone()),
        ..Default::default()
    });
    let missing = DescribeLaunchTemplateVersionsInput {
        launch_template_id: Some(id),
        ..Default::default()
    };
    assert_eq!(
        world.code::<DescribeLaunchTemplateVersions>(missing),
        "InvalidLaunchTemplateId.NotFound"
    );
}

fn launch(version: Option<&str>) -> RunInstancesInput {
    RunInstancesInput {
        min_count: 1,
        max_count: 1,
        launch_template: Some(LaunchTemplateSpecification {
            launch_template_name: Some("web".into()),
            version: version.map(str::to_owned),
            ..Default::default()
        }),
        ..Default::default()
    }
}

#[test]
fn what_a_launch_says_stands_over_its_template() {
    let world = World::new();
    let id = create(&world, "web").launch_template_id;
    let input = RunInstancesInput {
        instance_type: Some("t3.nano".into()),
        tag_specifications: vec![tags("instance", &[("Name", "launch")])],
        ..launch(None)
    };
    let made = world.ok::<RunInstances>(input).instances.remove(0);
    assert_eq!(
        (made.instance_type.as_str(), made.monitoring.state.as_str()),
        ("t3.nano", "enabled")
    );
    let told: Vec<(&str, &str)> = made
        .tags
        .iter()
        .map(|tag| (tag.key.as_str(), tag.value.as_deref().unwrap_or_default()))
        .collect();
    assert_eq!(
        told,
        [
            ("Name", "launch"),
            ("Team", "a"),
            ("aws:ec2launchtemplate:id", id.as_str()),
            ("aws:ec2launchtemplate:version", "1")
        ]
    );
    assert_eq!(
        world.code::<RunInstances>(launch(Some("9"))),
        "InvalidLaunchTemplateId.VersionNotFound"
    );
    assert_eq!(
        world.code::<RunInstances>(launch(Some("latest"))),
        "InvalidLaunchTemplateVersion.Malformed"
    );
    let input = GetLaunchTemplateDataInput {
        instance_id: made.instance_id,
        dry_run: None,
    };
    let data = world.ok::<GetLaunchTemplateData>(input).launch_template_data;
    assert_eq!((data.instance_type.as_deref(), data.network_interfaces.len()), (Some("t3.nano"), 1));
    assert_eq!(data.tag_specifications, [tags("instance", &[("Name", "launch"), ("Team", "a")])]);
}

#[test]
fn a_spot_launch_has_its_request() {
    use crate::ec2::spot_request::testing::*;
    let world = World::new();
    create(&world, "web");
    let spot: MarketOptions = MarketOptions {
        market_type: Some(Default::default()),
        spot_options: None,
    };
    let input = RunInstancesInput {
        instance_market_options: Some(spot),
        tag_specifications: vec![tags("spot-instances-request", &[("Name", "cheap")])],
        ..launch(None)
    };
    let made = world.ok::<RunInstances>(input).instances.remove(0);
    assert_eq!(made.instance_lifecycle.as_deref(), Some("spot"));
    let id = made.spot_instance_request_id.expect("a request");
    let requests = || world.ok::<DescribeSpotInstanceRequests>(Default::default()).spot_instance_requests;
    let request = requests().remove(0);
    assert_eq!(
        (request.spot_instance_request_id.as_str(), request.state),
        (id.as_str(), SpotState::Active)
    );
    assert_eq!(request.tags.len(), 1);
    crate::ec2::instance::tests::find_on_machine(&world, &made.instance_id, crate::ec2::instance::Found::Running);
    let stop = crate::ec2::instance::testing::InstanceIdsInput {
        instance_ids: vec![made.instance_id],
        dry_run: None,
    };
    assert_eq!(
        world.code::<crate::ec2::instance::testing::StopInstances>(stop),
        "UnsupportedOperation"
    );
    world.ok::<CancelSpotInstanceRequests>(CancelSpotInstanceRequestsInput {
        spot_instance_request_ids: vec![id],
        dry_run: None,
    });
    assert_eq!(requests()[0].state, SpotState::Cancelled);
}
